package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * {@code prequal}: every request sends some probes to random targets, and goes to the best target
 * of those that answered recently (Prequal; Wydrowski, Kleinberg, Rumble and Archer, NSDI 2024).
 *
 * <p>The pool holds the {@code pool} latest answers, none older than {@code probeAge}. A target is
 * hot if its requests in flight are above the {@code hotQuantile} of those in the pool. If any is
 * cold, the cold one with the quickest probe is chosen; if all are hot, the one with the fewest
 * requests in flight. With fewer than two in the pool the target is random. With each request
 * {@code removals} answers are removed, in turn the oldest and the worst (the hot one with the most
 * in flight; if none is hot the slowest), and an answer is used {@code b = max(1, 2 / ((1 - m / n)
 * r - removals))} times, rounded up or down at random, with a pool of m, n targets and r probes a
 * request.
 *
 * <p>Changed for small groups. The formula of b has no meaning where the pool could hold so much of
 * the group that more answers are removed than arrive (it needs {@code (1 - m / n) r > removals}: n
 * above 24 as the paper has it). There the pool has one answer for each target, and an answer is
 * removed only when it is too old or a newer one arrives. Requests in flight are those of this
 * balancer now, not those at the time of the probe, so that a target that was just chosen does not
 * look idle to the next request.
 *
 * <p>A failed probe removes its target from the pool. An unmeasured target is not in it. Weights
 * have no meaning. The budget for extra requests may allow fewer probes.
 *
 * @param probesPerRequest 1 to 10; the paper's r_probe
 * @param removals 0 to 10; the paper's r_remove
 * @param pool 2 to 64; the paper's m
 * @param probeAge 10 ms to 1 min
 * @param hotQuantile 0 (all hot: fewest in flight decides) to 1 (none hot: latency decides); the
 *     paper's Q_RIF
 */
public record PrequalPolicy(
    int probesPerRequest, int removals, int pool, Duration probeAge, double hotQuantile)
    implements RoutingPolicy {

  /** The paper's values. */
  public static final PrequalPolicy DEFAULT = of(OptionValues.DEFAULTS);

  static final PolicyType TYPE =
      new PolicyType(
          "prequal",
          "probes some targets for every request; the quickest that has not too many in flight",
          false,
          PrequalPolicy::of);

  private static PrequalPolicy of(OptionValues values) {
    return new PrequalPolicy(
        values.integer(
            "probesPerRequest", 3, 1, 10, "probes", "Probes that are sent with each request."),
        values.integer(
            "removals",
            1,
            0,
            10,
            "answers",
            "Answers that are removed from the pool with each request."),
        values.integer("pool", 16, 2, 64, "answers", "Most answers to probes that the pool holds."),
        values.duration(
            "probeAge", "1s", "10ms", "1m", "An answer older than this is removed from the pool."),
        values.number(
            "hotQuantile",
            0.84,
            0,
            1,
            "share",
            "A target with more requests in flight than this quantile of the pool is hot. A hot"
                + " target is chosen only when all are hot. 0: all are hot; 1: none is."));
  }

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(this, context);
  }

  private static final class Membership {
    boolean isEligible;
  }

  /** An answered probe. */
  private static final class Answer {
    final TargetState target;
    final long responseNanos;
    final long receivedNanos;
    double usesLeft;

    Answer(TargetState target, long receivedNanos, double usesLeft) {
      this.target = target;
      this.responseNanos = target.probedResponseNanos();
      this.receivedNanos = receivedNanos;
      this.usesLeft = usesLeft;
    }
  }

  private static final class Selector implements TargetSelector {

    private final PrequalPolicy policy;
    private final NanoClock clock;
    private final RandomGenerator random;
    private final ProbeRequests probes;
    private final long ageNanos;
    private final PerTarget<Membership> memberships = new PerTarget<>(Membership::new);
    private final List<Answer> pool = new ArrayList<>();
    private final int[] inFlight;
    private List<TargetState> eligible = List.of();
    private int members;
    private boolean oldestNext = true;
    private String rule = "";

    Selector(PrequalPolicy policy, PolicyContext context) {
      this.policy = policy;
      clock = context.clock();
      random = context.random();
      probes = context.probes();
      ageNanos = policy.probeAge.toNanos();
      inFlight = new int[policy.pool + 1];
    }

    @Override
    public void joined(TargetState target) {
      memberships.joined(target);
      members++;
    }

    @Override
    public void left(TargetState target) {
      members--;
      forget(target);
    }

    @Override
    public void eligible(List<TargetState> targets) {
      eligible.forEach(target -> memberships.of(target).isEligible = false);
      eligible = targets;
      eligible.forEach(target -> memberships.of(target).isEligible = true);
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      removeOld();
      int hotAbove = hotAbove(candidates);
      @Nullable Answer best = best(candidates, hotAbove);
      for (int i = 0; usesUp() && i < policy.removals; i++) {
        removeOne(hotAbove);
      }
      askForProbes(candidates);
      if (best == null) {
        rule = "too few answers to probes: drawn at random";
        return candidates.get(random.nextInt(candidates.size()));
      }
      best.usesLeft--;
      if (usesUp() && best.usesLeft < 1 && random.nextDouble() >= best.usesLeft) {
        pool.remove(best);
      }
      rule =
          best.target.requestsInFlightOfAll() > hotAbove
              ? "all are hot: fewest in flight"
              : "quickest probe of those that are not hot";
      return best.target;
    }

    @Override
    public void probed(TargetState target) {
      if (target.probedResponseNanos() == TargetState.UNMEASURED || !usesUp()) {
        forget(target);
      }
      if (target.probedResponseNanos() != TargetState.UNMEASURED) {
        if (pool.size() == policy.pool) {
          pool.remove(0);
        }
        pool.add(new Answer(target, clock.nanoTime(), uses()));
      }
    }

    @Override
    public double load(TargetState candidate) {
      for (Answer answer : pool) {
        if (answer.target == candidate) {
          return answer.responseNanos;
        }
      }
      return Double.NaN;
    }

    @Override
    public String rule() {
      return rule;
    }

    /**
     * Whether answers are used up: only where more of them are new than are removed, {@code (1 - m
     * / n) r > removals}. In whole numbers, to avoid rounding errors.
     */
    private boolean usesUp() {
      int r = policy.probesPerRequest;
      return (long) members * (r - policy.removals) > (long) policy.pool * r;
    }

    private double uses() {
      double news = (1 - (double) policy.pool / members) * policy.probesPerRequest;
      return usesUp() ? Math.max(1, 2 / (news - policy.removals)) : 1;
    }

    private boolean isAmong(List<TargetState> candidates, TargetState target) {
      return candidates == eligible
          ? memberships.of(target).isEligible
          : candidates.contains(target);
    }

    private void removeOld() {
      long now = clock.nanoTime();
      // Answers are in the order in which they came.
      while (!pool.isEmpty() && now - pool.get(0).receivedNanos > ageNanos) {
        pool.remove(0);
      }
    }

    /**
     * The quantile of the requests in flight of the targets in the pool; a target above it is hot.
     */
    private int hotAbove(List<TargetState> candidates) {
      int count = 0;
      for (int i = 0; i < pool.size(); i++) {
        if (isAmong(candidates, pool.get(i).target)) {
          inFlight[count++] = pool.get(i).target.requestsInFlightOfAll();
        }
      }
      if (count == 0) {
        return 0;
      }
      Arrays.sort(inFlight, 0, count);
      // Rounded down, so that of few answers the one with the most requests in flight can be hot.
      int rank = (int) (policy.hotQuantile * (count - 1));
      return policy.hotQuantile == 0 ? -1 : inFlight[rank];
    }

    private @Nullable Answer best(List<TargetState> candidates, int hotAbove) {
      @Nullable Answer best = null;
      int usable = 0;
      for (int i = 0; i < pool.size(); i++) {
        Answer answer = pool.get(i);
        if (isAmong(candidates, answer.target)) {
          usable++;
          if (best == null || isBetter(answer, best, hotAbove)) {
            best = answer;
          }
        }
      }
      return usable < Math.min(2, candidates.size()) ? null : best;
    }

    private static boolean isBetter(Answer one, Answer other, int hotAbove) {
      int oneInFlight = one.target.requestsInFlightOfAll();
      int otherInFlight = other.target.requestsInFlightOfAll();
      boolean oneHot = oneInFlight > hotAbove;
      boolean otherHot = otherInFlight > hotAbove;
      if (oneHot != otherHot) {
        return otherHot;
      }
      return oneHot ? oneInFlight < otherInFlight : one.responseNanos < other.responseNanos;
    }

    private void removeOne(int hotAbove) {
      if (pool.isEmpty()) {
        return;
      }
      if (oldestNext) {
        pool.remove(0);
      } else {
        Answer worst = pool.get(0);
        for (int i = 1; i < pool.size(); i++) {
          if (isBetter(worst, pool.get(i), hotAbove)) {
            worst = pool.get(i);
          }
        }
        pool.remove(worst);
      }
      oldestNext = !oldestNext;
    }

    /** Probes this many different candidates in a row, from a random position. */
    private void askForProbes(List<TargetState> candidates) {
      int size = candidates.size();
      int position = random.nextInt(size);
      for (int i = 0; i < Math.min(policy.probesPerRequest, size); i++) {
        probes.probe(candidates.get(position));
        position = position + 1 == size ? 0 : position + 1;
      }
    }

    private void forget(TargetState target) {
      for (int i = pool.size() - 1; i >= 0; i--) {
        if (pool.get(i).target == target) {
          pool.remove(i);
        }
      }
    }
  }
}
