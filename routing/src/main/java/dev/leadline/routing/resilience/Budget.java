package dev.leadline.routing.resilience;

/**
 * Limits the requests that the balancer sends in addition to the clients': retries, hedges and
 * probes. Every request adds a part of an extra one, and every second adds some more for groups
 * with little traffic (the rule of Finagle's retry budget). So retries cannot double the load when
 * everything fails.
 *
 * <p>Not thread-safe.
 */
public final class Budget {

  private final double perRequest;
  private final double perSecond;
  private final double most;
  private double tokens;
  private long updatedNanos;

  /**
   * @param perRequest extra requests allowed for each request, 0 to 10
   * @param perSecond extra requests allowed in addition every second, 0 or more
   */
  public Budget(double perRequest, double perSecond, long nowNanos) {
    this.perRequest = perRequest;
    this.perSecond = perSecond;
    most = 10 + 10 * perSecond;
    tokens = perSecond;
    updatedNanos = nowNanos;
  }

  /** A client's request arrived. */
  public void requestArrived() {
    tokens = Math.min(most, tokens + perRequest);
  }

  /** Takes one extra request from the budget; false if the budget is used up. */
  public boolean tryTake(long nowNanos) {
    tokens = Math.min(most, tokens + Math.max(0, nowNanos - updatedNanos) * 1e-9 * perSecond);
    updatedNanos = nowNanos;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}
