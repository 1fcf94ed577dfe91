package dev.leadline.bench.disturb;

import java.time.Duration;

/** Runs scripts on the machines of a lab. */
public interface RemoteShell extends AutoCloseable {

  /**
   * Starts a Bash script and does not wait for it.
   *
   * @param longest time it may take
   * @return names the script that runs
   * @throws ShellException when it cannot be started
   */
  String start(String instanceId, String script, Duration longest)
      throws ShellException, InterruptedException;

  /**
   * Waits for the end of a script.
   *
   * @param started as {@link #start} answered
   * @return what it wrote to its standard output
   * @throws ShellException when it failed, or did not end in time
   */
  String await(String instanceId, String started, Duration longest)
      throws ShellException, InterruptedException;

  @Override
  void close();

  /** A script could not be run; the message says why and what helps, without a full stop. */
  final class ShellException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean passing;

    /**
     * @param passing whether the same may be tried again later
     */
    public ShellException(String message, boolean passing) {
      super(message);
      this.passing = passing;
    }

    public ShellException(String message) {
      this(message, false);
    }

    public boolean isPassing() {
      return passing;
    }
  }
}
