package dev.leadline.balancer.observe;

/**
 * Counts what the {@linkplain Metrics metrics} of the whole balancer need, from the end of each
 * request. Not thread-safe: it belongs to one event loop.
 */
public final class BalancerMeter implements RequestEnd.Listener {

  private final Counts.Counter<RequestEnd> counter = Metrics.BALANCER.newCounter();

  @Override
  public void ended(RequestEnd end) {
    counter.count(end);
  }

  /** The counts so far. */
  public Counts counts() {
    return counter.counts();
  }
}
