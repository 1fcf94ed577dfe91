package dev.leadline.routing.resilience;

/**
 * What may be sent beyond the clients' own requests: retries, hedges and probes all draw on it.
 * Every request earns a part of an extra one, and every second some more, so that there is
 * something for groups with little traffic (the rule of Finagle's retry budget: a share of the
 * requests and a minimum a second). When everything fails, the targets so get at most that much
 * more, and not twice the load.
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
   * @param perRequest extra requests that one request earns, 0 to 10; {@value #PER_REQUEST} unless
   *     something else is wanted
   * @param perSecond extra requests that each second earns, 0 or more
   */
  public Budget(double perRequest, double perSecond, long nowNanos) {
    this.perRequest = perRequest;
    this.perSecond = perSecond;
    most = 10 + 10 * perSecond;
    tokens = perSecond;
    updatedNanos = nowNanos;
  }

  /** A fifth of a request for each. */
  public static final double PER_REQUEST = 0.2;

  /** Ten a second in any case. */
  public static final double PER_SECOND = 10;

  /** A client's request arrived. */
  public void requestArrived() {
    tokens = Math.min(most, tokens + perRequest);
  }

  /** Takes what one extra request costs; false if there is not enough. */
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
