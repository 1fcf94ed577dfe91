package dev.leadline.routing.policy;

import dev.leadline.routing.NanoClock;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Surroundings;
import dev.leadline.routing.load.LoadMetric;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code cloudwatch}: new requests go to others while a target's metric is above a limit. Among
 * those below it, the one with the fewest requests in flight for its weight.
 *
 * <p>Hysteresis: above {@code limit} a target is shifted away from, until its metric is below
 * {@code resumeBelow}. If all candidates are, none is: something has to serve.
 *
 * <p>The metric is a guard rail and never a ranking. It is a minute old as a rule, so sending
 * requests to whoever shows the least would send all of them to a newcomer that still shows
 * nothing. For the same reason a figure that is missing or older than {@code maxAge} changes
 * nothing in a target's favour or against it: a verdict stands until {@code maxAge} has passed,
 * then the target counts as being below the limit. A target that was never measured does so too.
 *
 * @param query what to read
 * @param limit in the metric's unit: above it, new requests go to others
 * @param resumeBelow in the metric's unit, at most the limit: below it, they come back
 * @param maxAge figures older than this say nothing
 */
public record CloudWatchPolicy(MetricQuery query, double limit, double resumeBelow, Duration maxAge)
    implements RoutingPolicy {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/#:-]{1,255}");
  private static final String NAME_ALLOWED =
      "1 to 255 letters, digits or the characters . _ / # : -";
  private static final Pattern STATISTIC =
      Pattern.compile("Average|Minimum|Maximum|Sum|SampleCount|p\\d{1,2}(\\.\\d{1,2})?");
  private static final String STATISTIC_ALLOWED =
      "Average, Minimum, Maximum, Sum, SampleCount or a percentile such as p99";
  private static final double MOST = 1e12;

  static final PolicyType TYPE =
      new PolicyType(
          "cloudwatch",
          "the fewest requests in flight; new ones go to others while a metric is above its limit",
          true,
          CloudWatchPolicy::of);

  private static CloudWatchPolicy of(PolicySettings settings) {
    double limit = settings.number("limit", 80, 0, MOST);
    return new CloudWatchPolicy(
        new MetricQuery(
            settings.text("namespace", "AWS/EC2", NAME, NAME_ALLOWED),
            settings.text("metric", "CPUUtilization", NAME, NAME_ALLOWED),
            settings.text("dimension", "InstanceId", NAME, NAME_ALLOWED),
            settings.text("statistic", "Average", STATISTIC, STATISTIC_ALLOWED),
            settings.duration(
                "period", Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofHours(1)),
            settings.duration(
                "refresh", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofMinutes(10))),
        limit,
        Math.min(limit, settings.number("resumeBelow", 0.875 * limit, 0, MOST)),
        settings.duration(
            "maxAge", Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofHours(24)));
  }

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public Optional<MetricQuery> metric() {
    return Optional.of(query);
  }

  @Override
  public TargetSelector newSelector(Surroundings surroundings) {
    return new Selector(this, surroundings.clock());
  }

  private static final class Verdict {
    boolean isAbove;
  }

  private static final class Selector implements TargetSelector {

    private final CloudWatchPolicy policy;
    private final NanoClock clock;
    private final long maxAgeNanos;
    private final PerTarget<Verdict> verdicts = new PerTarget<>(Verdict::new);
    private final LeastLoad leastLoad = new LeastLoad(LoadMetric.REQUESTS_IN_FLIGHT);
    private final List<TargetState> below = new ArrayList<>();
    private int above;
    private String rule = "";

    Selector(CloudWatchPolicy policy, NanoClock clock) {
      this.policy = policy;
      this.clock = clock;
      maxAgeNanos = policy.maxAge.toNanos();
    }

    @Override
    public void joined(TargetState target) {
      verdicts.joined(target);
    }

    @Override
    public void left(TargetState target) {
      judge(target, false);
    }

    @Override
    public Selection select(List<TargetState> candidates, PendingRequest request, int held) {
      rule = "fewest requests in flight for its weight";
      if (above == 0) {
        return leastLoad.choose(candidates);
      }
      below.clear();
      for (int i = 0; i < candidates.size(); i++) {
        TargetState candidate = candidates.get(i);
        if (!isAbove(candidate)) {
          below.add(candidate);
        }
      }
      if (below.isEmpty()) {
        rule = "all are above the limit: fewest requests in flight for its weight";
        return leastLoad.choose(candidates);
      }
      rule = "fewest requests in flight of those below the limit";
      return leastLoad.choose(below);
    }

    @Override
    public void measured(TargetState target) {
      double value = target.metric();
      if (value > policy.limit) {
        judge(target, true);
      } else if (value < policy.resumeBelow) {
        judge(target, false);
      }
    }

    @Override
    public double load(TargetState candidate) {
      return LoadMetric.REQUESTS_IN_FLIGHT.load(candidate);
    }

    @Override
    public String rule() {
      return rule;
    }

    private boolean isAbove(TargetState candidate) {
      if (verdicts.of(candidate).isAbove
          && clock.nanoTime() - candidate.metricNanos() > maxAgeNanos) {
        judge(candidate, false);
      }
      return verdicts.of(candidate).isAbove;
    }

    private void judge(TargetState target, boolean isAbove) {
      Verdict verdict = verdicts.of(target);
      if (verdict.isAbove != isAbove) {
        verdict.isAbove = isAbove;
        above += isAbove ? 1 : -1;
      }
    }
  }
}
