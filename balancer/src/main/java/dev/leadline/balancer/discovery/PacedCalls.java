package dev.leadline.balancer.discovery;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Asks at most ten times a second: all services of AWS limit how often an account may ask. */
final class PacedCalls implements AwsCalls {

  private static final Duration BETWEEN = Duration.ofMillis(100);

  private final AwsCalls calls;
  private long lastNanos = System.nanoTime() - BETWEEN.toNanos();

  PacedCalls(AwsCalls calls) {
    this.calls = calls;
  }

  @Override
  public XmlElement call(AwsService service, String action, Map<String, String> parameters)
      throws AwsProblem {
    long left = lastNanos + BETWEEN.toNanos() - System.nanoTime();
    try {
      TimeUnit.NANOSECONDS.sleep(left); // Not at all if it is negative.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AwsProblem("the balancer stops");
    }
    lastNanos = System.nanoTime();
    return calls.call(service, action, parameters);
  }

  @Override
  public void close() {
    calls.close();
  }
}
