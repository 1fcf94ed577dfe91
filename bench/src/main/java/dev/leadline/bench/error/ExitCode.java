package dev.leadline.bench.error;

/** Exit codes, as {@code --help} lists them. */
public final class ExitCode {
  public static final int OK = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;

  /** The run is complete and reported, but measured requests failed. */
  public static final int REQUESTS_FAILED = 3;

  /** The run is complete and reported, but CloudWatch counted otherwise or could not be read. */
  public static final int NOT_RECONCILED = 4;

  /** Done and reported, but a limit that somebody set was broken. */
  public static final int LIMIT_BROKEN = 5;

  /** Ctrl-C; the JVM itself ends with this code after SIGINT. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
