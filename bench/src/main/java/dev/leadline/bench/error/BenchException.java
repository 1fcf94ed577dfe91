package dev.leadline.bench.error;

/** Something the user can act on: its message is one sentence, printed without a stack trace. */
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private BenchException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** What was asked for cannot be done: a wrong option, a file that is missing or malformed. */
  public static BenchException usage(String message) {
    return new BenchException(ExitCode.USAGE, message);
  }

  /** What was asked for was begun, or is impossible on this machine as it is, and failed. */
  public static BenchException failed(String message) {
    return new BenchException(ExitCode.FAILED, message);
  }

  /** The user stopped the program. */
  public static BenchException interrupted(String message) {
    return new BenchException(ExitCode.INTERRUPTED, message);
  }

  /** The same with a sentence more. */
  public BenchException with(String sentence) {
    return new BenchException(exitCode, getMessage() + ". " + sentence);
  }

  public int exitCode() {
    return exitCode;
  }
}
