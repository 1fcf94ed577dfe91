package dev.leadline.routing.health;

/**
 * The health of one target, by the rules of an Application Load Balancer. A new target is {@link
 * Status#INITIAL}, and its first successful check makes it healthy. After that a change takes as
 * many equal results in a row as the thresholds say. Not thread-safe.
 */
public final class TargetHealth {

  /** Result of the health checks. */
  public enum Status {
    /** No check has decided yet. */
    INITIAL,
    /** Gets requests. */
    HEALTHY,
    /** Gets no requests while another target is healthy. */
    UNHEALTHY
  }

  private HealthThresholds thresholds;
  private Status status = Status.INITIAL;
  private int successesInRow;
  private int failuresInRow;
  private String lastFailure = "";

  /** A new target. */
  public TargetHealth(HealthThresholds thresholds) {
    this.thresholds = thresholds;
  }

  /** From now on these thresholds hold; the health stays as it is. */
  public void use(HealthThresholds changed) {
    thresholds = changed;
    successesInRow = Math.min(successesInRow, changed.healthy());
    failuresInRow = Math.min(failuresInRow, changed.unhealthy());
  }

  /** The health now. */
  public Status status() {
    return status;
  }

  /** Why the last health check that failed did so, in words; empty if that is not known. */
  public String lastFailure() {
    return lastFailure;
  }

  /** Why the health check that has just failed did so. To be called before {@link #checked}. */
  public void failedBecause(String reason) {
    lastFailure = reason;
  }

  /**
   * One health check ended.
   *
   * @return whether the health changed
   */
  public boolean checked(boolean success) {
    // Counts stop at the threshold, so they cannot overflow.
    successesInRow = success ? Math.min(successesInRow + 1, thresholds.healthy()) : 0;
    failuresInRow = success ? 0 : Math.min(failuresInRow + 1, thresholds.unhealthy());
    Status before = status;
    if (successesInRow >= thresholds.healthy() || (success && status == Status.INITIAL)) {
      status = Status.HEALTHY;
    } else if (failuresInRow >= thresholds.unhealthy()) {
      status = Status.UNHEALTHY;
    }
    return status != before;
  }
}
