package dev.leadline.routing.resilience;

import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.target.Outcome;
import java.time.Duration;

/**
 * The limit on one target's requests in flight. It adapts: one more with every round of answers
 * while the limit is used, a tenth less with every failure and every answer that took too long
 * (additive increase, multiplicative decrease; Chiu and Jain, Computer Networks 17, 1989; with the
 * constants of {@code AIMDLimit} in Netflix' concurrency-limits). Not thread-safe.
 */
public final class ConcurrencyLimit {

  /**
   * The rules.
   *
   * @param first limit of a new target, 1 or more; 0 turns limits off
   * @param most highest limit
   * @param tooLong an answer that took longer counts as a failure
   */
  public record Rules(int first, int most, Duration tooLong) {

    private static final int MOST_ALLOWED = 100_000;

    /** Targets have no limits. */
    public static final Rules OFF = new Rules(0, 0, Duration.ZERO);

    /** Reads the rules; there are no limits unless this is called. */
    public static Rules of(OptionValues values) {
      int first =
          values.integer("first", 20, 1, MOST_ALLOWED, "requests", "Limit of a new target.");
      int most =
          values.get(
              Option.of(
                  "most",
                  ScalarType.integer(1, MOST_ALLOWED).in("requests"),
                  Math.max(first, 1000),
                  "No limit rises above this; at least `first`."),
              ScalarType.integer(first, MOST_ALLOWED));
      Duration tooLong =
          values.duration(
              "tooLong",
              "5s",
              "1ms",
              "60m",
              "An answer that takes longer lowers the limit, as a failure does.");
      return new Rules(first, most, tooLong);
    }

    /** Whether there are limits. */
    public boolean isOn() {
      return first > 0;
    }
  }

  private static final double LESS = 0.9;

  private Rules rules;
  private double limit;

  /** The limit of a new target. */
  public ConcurrencyLimit(Rules rules) {
    this.rules = rules;
    limit = rules.first();
  }

  /** From now on these rules hold; a limit that was learned stays, as far as they allow it. */
  public void use(Rules changed) {
    limit = rules.isOn() ? Math.min(limit, changed.most()) : changed.first();
    rules = changed;
  }

  /** Whether the target has reached its limit. */
  public boolean isReached(int requestsInFlight) {
    return rules.isOn() && requestsInFlight >= (int) limit;
  }

  /**
   * A request ended.
   *
   * @param requestsInFlight with this one
   */
  public void closed(Outcome outcome, long nanos, int requestsInFlight) {
    if (!rules.isOn() || outcome == Outcome.IGNORED) {
      return;
    }
    if (outcome == Outcome.FAILED || nanos > rules.tooLong().toNanos()) {
      limit = Math.max(1, limit * LESS);
    } else if (2 * requestsInFlight >= limit) {
      limit = Math.min(rules.most(), limit + 1 / limit);
    }
  }

  /** The limit now. */
  public int limit() {
    return (int) limit;
  }
}
