package dev.leadline.routing.health;

import java.time.Duration;

/**
 * How a target that has just become fit is led up to its share of the requests. A time {@code t}
 * after it became fit it gets at most {@code max(leastShare, (t / window) ^ (1 / aggression))} of
 * what its weight says (Envoy's formula; an Application Load Balancer's is the one with aggression
 * 1).
 *
 * <p>It limits how often the target may be a candidate, whatever the policy: so it composes with
 * each of them, also with least outstanding requests, which would otherwise send a newcomer
 * everything because it has nothing in flight.
 *
 * @param window how long it takes; zero: there is none
 * @param aggression above 1 the share grows faster at first, below 1 more slowly, above 0
 * @param leastShare what it gets from the beginning, 0.01 to 1
 */
public record SlowStart(Duration window, double aggression, double leastShare) {

  /** As on an Application Load Balancer: targets get their share at once. */
  public static final SlowStart OFF = new SlowStart(Duration.ZERO, 1, 0.1);

  /** Whether there is one. */
  public boolean isOn() {
    return !window.isZero();
  }

  /** Share of its share that a target may have by then: {@link #leastShare} to 1. */
  double share(long sinceNanos) {
    double passed = Math.min(1, Math.max(0, sinceNanos) / (double) window.toNanos());
    return Math.max(leastShare, Math.pow(passed, 1 / aggression));
  }

  /** One target on its way up. Not thread-safe. */
  public static final class Ramp {

    private static final double MOST_CREDIT = 2;

    private final SlowStart rules;
    private final long beganNanos;
    private double credit;

    /** It became fit now. */
    public Ramp(SlowStart rules, long nowNanos) {
      this.rules = rules;
      beganNanos = nowNanos;
    }

    /**
     * A request arrived at the group.
     *
     * @param fairShare what of the group's requests the target would get by its weight, 0 to 1
     */
    public void arrived(long nowNanos, double fairShare) {
      double share = rules.share(nowNanos - beganNanos) * fairShare;
      credit = Math.min(MOST_CREDIT, credit + share);
    }

    /** Whether the target may get a request now. */
    public boolean mayGetOne() {
      return credit >= 1;
    }

    /** It got one. */
    public void gotOne() {
      credit--;
    }

    /** Whether it has its whole share. */
    public boolean isOver(long nowNanos) {
      return nowNanos - beganNanos >= rules.window().toNanos();
    }
  }
}
