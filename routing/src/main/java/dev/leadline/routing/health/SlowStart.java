package dev.leadline.routing.health;

import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import java.time.Duration;

/**
 * How slowly a target that has become usable reaches its share of the requests. A time {@code t}
 * afterwards it gets at most {@code max(leastShare, (t / window) ^ (1 / aggression))} of its share
 * by weight (Envoy's formula; an Application Load Balancer's has aggression 1).
 *
 * <p>It limits how often the target is a candidate, so it works with every policy. Least
 * outstanding requests needs it most: a new target has nothing in flight and would get everything.
 *
 * @param window how long it takes; zero turns it off
 * @param aggression above 0; above 1 the share grows faster at first, below 1 more slowly
 * @param leastShare the part of its share that it gets from the beginning, 0.01 to 1
 */
public record SlowStart(Duration window, double aggression, double leastShare) {

  /** Targets get their share at once, as is an Application Load Balancer's default. */
  public static final SlowStart OFF = new SlowStart(Duration.ZERO, 1, 1);

  /** Reads one; it is off unless this is called. */
  public static SlowStart of(OptionValues values) {
    return new SlowStart(
        values.get(
            Option.required(
                "window",
                ScalarType.duration("1s", "60m"),
                Duration.ofSeconds(30),
                "Time until the target has its whole share.")),
        values.number(
            "aggression",
            1,
            0.1,
            10,
            "Above 1 the share grows faster at first, below 1 more slowly."),
        values.number(
            "leastShare",
            0.1,
            0.01,
            1,
            "share",
            "Part of its share that the target gets from the beginning."));
  }

  /** Whether slow start is on. */
  public boolean isOn() {
    return !window.isZero();
  }

  /** Part of its share that a target may have by then, {@link #leastShare} to 1. */
  double share(long sinceNanos) {
    double passed = Math.min(1, Math.max(0, sinceNanos) / (double) window.toNanos());
    return Math.max(leastShare, Math.pow(passed, 1 / aggression));
  }

  /** The slow start of one target. Not thread-safe. */
  public static final class Ramp {

    private static final double MOST_CREDIT = 2;

    private final SlowStart rules;
    private final long beganNanos;
    private double credit;

    /** Starts now. */
    public Ramp(SlowStart rules, long nowNanos) {
      this.rules = rules;
      beganNanos = nowNanos;
    }

    /**
     * A request arrived at the group.
     *
     * @param fairShare the target's share of the group's requests by weight, 0 to 1
     */
    public void arrived(long nowNanos, double fairShare) {
      double share = rules.share(nowNanos - beganNanos) * fairShare;
      credit = Math.min(MOST_CREDIT, credit + share);
    }

    /** Whether the target may get a request now. */
    public boolean mayReceive() {
      return credit >= 1;
    }

    /** The target got a request. */
    public void received() {
      credit--;
    }

    /** Whether slow start has ended. */
    public boolean isOver(long nowNanos) {
      return nowNanos - beganNanos >= rules.window().toNanos();
    }
  }
}
