package dev.leadline.routing.health;

/**
 * How many equal health checks in a row change a target's health, as on an Application Load
 * Balancer.
 *
 * @param healthy successes in a row that make an unhealthy target healthy, 1 to {@value #MAX}
 * @param unhealthy failures in a row that make a target unhealthy, 1 to {@value #MAX}
 */
public record HealthThresholds(int healthy, int unhealthy) {

  /** The greatest threshold. */
  public static final int MAX = 10;

  /** Healthy after 5, unhealthy after 2, as on an Application Load Balancer. */
  public static final HealthThresholds DEFAULT = new HealthThresholds(5, 2);

  public HealthThresholds {
    if (healthy < 1 || healthy > MAX || unhealthy < 1 || unhealthy > MAX) {
      throw new IllegalArgumentException(
          "thresholds are 1 to " + MAX + ", not " + healthy + " and " + unhealthy);
    }
  }
}
