package dev.leadline.bench.disturb;

import dev.leadline.bench.aws.AwsException;
import java.time.Duration;

/** Runs scripts on the machines of a lab. */
public interface RemoteShell extends AutoCloseable {

  /**
   * Starts a Bash script and does not wait for it.
   *
   * @param longest time it may take
   * @return names the script that runs
   * @throws AwsException when it cannot be started
   */
  String start(String instanceId, String script, Duration longest)
      throws AwsException, InterruptedException;

  /**
   * Waits for the end of a script.
   *
   * @param started as {@link #start} answered
   * @return what it wrote to its standard output
   * @throws AwsException when it failed, or did not end in time
   */
  String await(String instanceId, String started, Duration longest)
      throws AwsException, InterruptedException;

  @Override
  void close();
}
