package dev.leadline.routing.health;

/**
 * The health of one target, as an Application Load Balancer judges it. A new target is {@link
 * Status#INITIAL}: its first successful check makes it healthy; after that a change of the verdict
 * takes as many equal results in a row as the thresholds say. Not thread-safe.
 */
public final class TargetHealth {

  /** The verdict. */
  public enum Status {
    /** No check has decided yet. */
    INITIAL,
    /** Fit for requests. */
    HEALTHY,
    /** Not fit for requests, unless no other target is either. */
    UNHEALTHY
  }

  private final HealthThresholds thresholds;
  private Status status = Status.INITIAL;
  private int successesInRow;
  private int failuresInRow;

  /** A target nothing is known of yet. */
  public TargetHealth(HealthThresholds thresholds) {
    this.thresholds = thresholds;
  }

  /** The verdict at this moment. */
  public Status status() {
    return status;
  }

  /**
   * Takes the result of one check into account.
   *
   * @return whether the verdict changed
   */
  public boolean checked(boolean success) {
    // Counts stop at the threshold: nothing here grows for as long as a target lives.
    successesInRow = success ? Math.min(successesInRow + 1, thresholds.healthy()) : 0;
    failuresInRow = success ? 0 : Math.min(failuresInRow + 1, thresholds.unhealthy());
    Status before = status;
    if (successesInRow == thresholds.healthy() || (success && status == Status.INITIAL)) {
      status = Status.HEALTHY;
    } else if (failuresInRow == thresholds.unhealthy()) {
      status = Status.UNHEALTHY;
    }
    return status != before;
  }
}
