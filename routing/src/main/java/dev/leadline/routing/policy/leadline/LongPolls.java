package dev.leadline.routing.policy.leadline;

/**
 * Decides whether requests that stay at a target for long occupy it. A long poll does not, a long
 * computation does. Both are {@linkplain InFlightTable#markParked parked}: many later requests
 * overtake them. But long polls leave the time of the other requests unchanged.
 *
 * <p>So every answer gives two samples: {@code busy} assumes that all requests in flight share the
 * target, {@code running} that only those do which are not parked. The regression of {@code ln
 * busy} on {@code ln(running / busy)} tells which is right. Its slope is -1 for long polls, because
 * busy is too small by exactly that ratio, and 0 for work. Parked requests count as long polls
 * while the slope is below -1/2 and more than one answer in a hundred took very long.
 *
 * <p>Not thread-safe.
 */
final class LongPolls {

  private static final double SLOPE = -0.5;
  private static final double MEMORY = 2000;
  private static final double LEAST_SAMPLES = 200;

  /**
   * A request is parked when it was sent this many typical response times before an answered one.
   */
  private static final double TIMES_TYPICAL = 8;

  /** Or when the target could have served this many since: in an overload all times are long. */
  private static final double OTHERS_SERVED = 50;

  private static final double MEDIAN_STEP = 1.01;

  private static final double MANY = 0.01;
  private static final double SHARE_WEIGHT = 1.0 / 500;

  private double typicalNanos = 1e6;
  // High at first: until there is evidence, long polls are possible.
  private double longShare = 2 * MANY;
  private final Regression regression = new Regression(MEMORY);
  private boolean leaveRoom;

  /**
   * How much earlier than an answered request a request must have been sent to count as parked.
   *
   * @param costSeconds what a request costs the target
   */
  long parkedAfterNanos(double costSeconds) {
    return (long) Math.min(TIMES_TYPICAL * typicalNanos, OTHERS_SERVED * costSeconds * 1e9);
  }

  /**
   * Whether there may be long polls, so that requests in flight may not tell whether a target is
   * full.
   */
  boolean maybe() {
    return longShare > MANY;
  }

  /** Whether parked requests are long polls, which leave room for others. */
  boolean arePresent() {
    return leaveRoom && maybe();
  }

  /**
   * A request was answered: updates the median response time and the share of very long answers.
   *
   * @param parked whether it was parked
   * @param costSeconds what a request costs its target
   */
  void answered(long nanos, boolean parked, double costSeconds) {
    boolean forLong = parked && nanos * 1e-9 > OTHERS_SERVED * costSeconds;
    longShare += SHARE_WEIGHT * ((forLong ? 1 : 0) - longShare);
    typicalNanos = nanos > typicalNanos ? typicalNanos * MEDIAN_STEP : typicalNanos / MEDIAN_STEP;
  }

  /**
   * A request that was not parked was answered while others were parked.
   *
   * @param busy its attributed time if all in flight share the target, divided by the target's cost
   * @param running the same if parked requests do not share it
   */
  void compare(double busy, double running) {
    double busyLog = Math.log(Math.max(busy, 1e-6));
    regression.add(Math.log(Math.max(running, 1e-6)) - busyLog, busyLog);
    if (regression.count() >= LEAST_SAMPLES) {
      double slope = regression.slope();
      double doubt = regression.doubt();
      leaveRoom = leaveRoom ? slope - doubt < SLOPE : slope + doubt < SLOPE;
    }
  }
}
