package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.option.ScalarType;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code cloudwatch}: a target whose metric is above a limit gets no new requests. Among the
 * others, the one with the fewest requests in flight for its weight is chosen.
 *
 * <p>Hysteresis: a target above {@code limit} gets requests again when its metric is at or below
 * {@code resumeBelow}.
 *
 * <p>The metric only excludes targets and does not rank them. It is usually a minute old, and a new
 * target has a low one, so a ranking would send it everything. A target whose last value is older
 * than the query's {@code maxAge}, or that has none, counts as below the limit.
 *
 * <p>At most {@code mostShifted} of the candidates' weight is excluded. If more is above the limit,
 * the whole group is overloaded and every target is a candidate; otherwise the few others would get
 * everything. With 0.6 no target gets more than two and a half times its share, and the five small
 * ones of the lab's nine targets can be excluded. If all targets are above the limit, none is.
 *
 * @param query what to read
 * @param limit in the metric's unit: a target above it gets no new requests
 * @param resumeBelow in the metric's unit, at most the limit: a target at or below it gets requests
 *     again
 * @param mostShifted largest share of the candidates' weight to exclude, 0 to 1
 */
public record CloudWatchPolicy(
    MetricQuery query, double limit, double resumeBelow, double mostShifted)
    implements RoutingPolicy {

  private static final ScalarType<String> NAME =
      ScalarType.text(
          Pattern.compile("[!-~]([ -~]{0,253}[!-~])?"),
          "a name in CloudWatch, 1 to 255 ASCII characters");
  private static final ScalarType<String> STATISTIC =
      ScalarType.text(
          Pattern.compile("Average|Minimum|Maximum|Sum|SampleCount|p\\d{1,2}(\\.\\d{1,10})?|p100"),
          "Average, Minimum, Maximum, Sum, SampleCount or a percentile such as p99");
  private static final ScalarType<Duration> TIME = ScalarType.duration("1s", "60m");
  private static final ScalarType<Duration> PERIOD =
      ScalarType.text(
              Pattern.compile("(1|5|10|30)s|([1-9]|[1-5]\\d|60)m"),
              "1m to 60m, and for metrics of high resolution 1s, 5s, 10s or 30s")
          .as(TIME::parse, TIME.writer());
  private static final double MOST = 1e12;

  static final PolicyType TYPE =
      new PolicyType(
          "cloudwatch",
          "the fewest requests in flight; new ones go to others while a metric is above its limit",
          true,
          CloudWatchPolicy::of);

  private static CloudWatchPolicy of(OptionValues values) {
    double limit =
        values.number(
            "limit",
            80,
            0,
            MOST,
            "as the metric",
            "New requests go to other targets while a target's metric is above this.");
    double resumeBelow =
        values.get(
            Option.of(
                "resumeBelow",
                ScalarType.number(0, MOST).in("as the metric"),
                0.875 * limit,
                "The target gets new requests again when its metric is at or below this; at most"
                    + " `limit`. The default is 0.875 times `limit`."),
            ScalarType.number(0, limit));
    double mostShifted =
        values.number(
            "mostShifted",
            0.6,
            0,
            1,
            "share",
            "While more than this share of the group's weight is above the limit, all targets get"
                + " requests.");
    MetricQuery query =
        new MetricQuery(
            values.get(Option.of("namespace", NAME, "AWS/EC2", "Namespace of the metric.")),
            values.get(Option.of("metric", NAME, "CPUUtilization", "Name of the metric.")),
            values.get(
                Option.of(
                    "dimension",
                    NAME,
                    "InstanceId",
                    "The dimension whose value is the target's id.")),
            values.get(Option.of("statistic", STATISTIC, "Average", "Statistic of the metric.")),
            values.get(
                Option.of(
                    "period",
                    PERIOD,
                    Duration.ofMinutes(1),
                    "Length of a data point; EC2 has figures by the minute only with detailed"
                        + " monitoring, otherwise choose 5m.")),
            values.duration(
                "maxAge",
                "5m",
                "1s",
                "180m",
                "An older figure has no effect; choose at least three periods."),
            values.duration(
                "refresh", "20s", "1s", "10m", "Time between two calls of CloudWatch."));
    return new CloudWatchPolicy(query, limit, resumeBelow, mostShifted);
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
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(this, context.clock());
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
      maxAgeNanos = policy.query.maxAge().toNanos();
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
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      rule = "fewest requests in flight for its weight";
      if (above == 0) {
        return leastLoad.choose(candidates);
      }
      below.clear();
      long weight = 0;
      long weightBelow = 0;
      for (int i = 0; i < candidates.size(); i++) {
        TargetState candidate = candidates.get(i);
        weight += candidate.target().weight();
        if (!isAbove(candidate)) {
          weightBelow += candidate.target().weight();
          below.add(candidate);
        }
      }
      if (below.isEmpty() || weight - weightBelow > policy.mostShifted * weight) {
        rule = "too many are above the limit: fewest requests in flight for its weight";
        return leastLoad.choose(candidates);
      }
      rule = "fewest requests in flight for its weight, of those below the limit";
      return leastLoad.choose(below);
    }

    @Override
    public void measured(TargetState target) {
      double value = target.metric();
      if (value > policy.limit) {
        judge(target, true);
      } else if (value <= policy.resumeBelow) {
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
