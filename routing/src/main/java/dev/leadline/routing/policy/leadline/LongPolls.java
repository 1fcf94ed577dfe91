package dev.leadline.routing.policy.leadline;

/**
 * Decides whether requests that stay at a target for long occupy it: a long poll does not, a long
 * computation does. Both are overtaken by many others ({@linkplain InFlightTable#markParked
 * parked}); but if they only sleep, the others take as long as if they were not there.
 *
 * <p>So every answer is attributed two times: {@code busy}, as if all in flight shared the target,
 * and {@code running}, as if only those did that are running. The regression of {@code ln busy} on
 * {@code ln(running / busy)} tells which is right: its slope is -1 if the others only sleep,
 * because then busy is too small by just that ratio, and 0 if they do work. They count as longPolls
 * while the slope is below one half, and while more than one answer in a hundred took so long that
 * a few slow requests do not explain it.
 *
 * <p>Not thread-safe.
 */
final class LongPolls {

  private static final double SLOPE = -0.5;
  private static final double MEMORY = 2000;
  private static final double LEAST_SAMPLES = 200;

  /** Sent so many typical times earlier than one that is answered already: parked. */
  private static final double TIMES_TYPICAL = 8;

  /** Or so early that the target could have served so many: in a jam all times are long. */
  private static final double OTHERS_SERVED = 50;

  private static final double MEDIAN_STEP = 1.01;

  private static final double MANY = 0.01;
  private static final double SHARE_WEIGHT = 1.0 / 500;

  private double typicalNanos = 1e6;
  // Until enough is known, there are taken to be some.
  private double longShare = 2 * MANY;
  private final Regression regression = new Regression(MEMORY);
  private boolean leaveRoom;

  /**
   * How much earlier than an answered request another one has to be sent to be parked.
   *
   * @param costSeconds what a request costs their target
   */
  long parkedAfterNanos(double costSeconds) {
    return (long) Math.min(TIMES_TYPICAL * typicalNanos, OTHERS_SERVED * costSeconds * 1e9);
  }

  /** Whether so many answers take very long that requests in flight may say little about room. */
  boolean maybe() {
    return longShare > MANY;
  }

  /** Whether requests that are parked leave room for others. */
  boolean arePresent() {
    return leaveRoom && maybe();
  }

  /**
   * A request was answered: keeps a running median, and the share of those that slept for long.
   *
   * @param parked whether it was overtaken by far
   * @param costSeconds what a request costs its target
   */
  void answered(long nanos, boolean parked, double costSeconds) {
    boolean forLong = parked && nanos * 1e-9 > OTHERS_SERVED * costSeconds;
    longShare += SHARE_WEIGHT * ((forLong ? 1 : 0) - longShare);
    typicalNanos = nanos > typicalNanos ? typicalNanos * MEDIAN_STEP : typicalNanos / MEDIAN_STEP;
  }

  /**
   * Takes the answer to a request into account that was running while others were parked.
   *
   * @param busy its attributed time if all in flight share the target, over what is usual there
   * @param running the same if only those running do
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
