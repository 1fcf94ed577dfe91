package dev.leadline.infra;

import dev.leadline.infra.BalancerMetrics.Figure;
import dev.leadline.infra.BalancerMetrics.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

/**
 * A handful of alarms. AWS charges by the metrics that they look at (lab/cost.py counts them), so
 * one alarm looks at all instances of a cluster, and there is an alarm only for what calls for an
 * action.
 *
 * <p>No data is no alarm: a lab that is stopped or gets no requests raises none.
 */
final class LabAlarms extends Construct {
  /** As many metrics as CloudWatch lets one alarm look at. */
  private static final int MOST_METRICS = 10;

  private static final Duration MINUTE = Duration.minutes(1);
  private static final Duration FIVE_MINUTES = Duration.minutes(5);

  private final Optional<Topic> topic;

  LabAlarms(
      Construct scope,
      String id,
      Watching.Limits limits,
      List<BalancerMetrics> balancers,
      List<InstanceMetrics> instances,
      Optional<Topic> topic) {
    super(scope, id);
    this.topic = topic;
    balancers.forEach(balancer -> unhealthyTargets(balancer));
    for (BalancerMetrics balancer :
        balancers.stream().filter(BalancerMetrics::countsRequests).toList()) {
      alarm(
          balancer.id() + "-5xx",
          "%s: more than %d %% of the requests of five minutes (at least %d) ended in 5xx."
              .formatted(balancer.title(), limits.errorPercent(), limits.leastRequests()),
          balancer.errorPercent(limits.leastRequests(), FIVE_MINUTES),
          limits.errorPercent(),
          new Lasting(1, 1));
      alarm(
          balancer.id() + "-p99",
          "%s: one request in a hundred waited more than %d ms for its target, in three of five minutes."
              .formatted(balancer.title(), limits.p99Millis()),
          balancer.metric(Figure.RESPONSE_TIME, "p99", MINUTE),
          limits.p99Millis() / 1000.0,
          new Lasting(3, 5));
    }
    cpu(limits.cpuPercent(), instances);
  }

  /**
   * For how long it must be so.
   *
   * @param periods above the limit
   * @param among the newest so many
   */
  private record Lasting(int periods, int among) {}

  /**
   * One for each cluster's targets at AWS's kinds, which have no figure of all of them; Leadline
   * has one, and the dashboard and its own page say which.
   */
  private void unhealthyTargets(BalancerMetrics balancer) {
    Lasting lasting = new Lasting(3, 3);
    String says = "%s: a target%s has not been healthy for three minutes.";
    if (balancer.namespace().startsWith("AWS/")) {
      for (String cluster : balancer.groups().keySet()) {
        alarm(
            balancer.names() == Names.CLASSIC // which is one cluster's
                ? balancer.id() + "-unhealthy"
                : "%s-unhealthy-%s".formatted(balancer.id(), cluster),
            says.formatted(balancer.title(), " of " + cluster),
            balancer.ofGroup(cluster, Figure.UNHEALTHY, "Maximum", MINUTE),
            0,
            lasting);
      }
    } else {
      alarm(
          balancer.id() + "-unhealthy",
          says.formatted(balancer.title(), ""),
          balancer.metric(Figure.UNHEALTHY, "Maximum", MINUTE),
          0,
          lasting);
    }
  }

  private void cpu(int limit, List<InstanceMetrics> instances) {
    Map<String, List<InstanceMetrics>> clusters = new LinkedHashMap<>();
    instances.forEach(
        it -> clusters.computeIfAbsent(it.cluster(), name -> new ArrayList<>()).add(it));
    clusters.forEach(
        (cluster, members) -> {
          for (int from = 0; from < members.size(); from += MOST_METRICS) {
            int to = Math.min(from + MOST_METRICS, members.size());
            String part = from == 0 ? "" : "-from-" + members.get(from).name();
            alarm(
                cluster.isEmpty() ? "leadline-cpu" : "cpu-%s%s".formatted(cluster, part),
                "The CPU of %s was above %d %% for ten minutes."
                    .formatted(whose(cluster, members.get(0).isGroup()), limit),
                busiest(members.subList(from, to)),
                limit,
                new Lasting(2, 2));
          }
        });
  }

  private static String whose(String cluster, boolean group) {
    if (group) {
      return "the instances of %s, on average,".formatted(cluster.isEmpty() ? "Leadline" : cluster);
    }
    return cluster.isEmpty() ? "the instance that runs Leadline" : "an instance of " + cluster;
  }

  private static IMetric busiest(List<InstanceMetrics> members) {
    Map<String, IMetric> each = new TreeMap<>();
    members.forEach(it -> each.put("cpu" + each.size(), it.cpu(FIVE_MINUTES)));
    return MathExpression.Builder.create()
        .expression("MAX(METRICS())")
        .usingMetrics(each)
        .label("busiest instance")
        .period(FIVE_MINUTES)
        .build();
  }

  private void alarm(String id, String says, IMetric metric, double limit, Lasting lasting) {
    Alarm alarm =
        Alarm.Builder.create(this, id)
            .alarmName("%s-%s".formatted(Stack.of(this).getStackName(), id))
            .alarmDescription(says)
            .metric(metric)
            .comparisonOperator(ComparisonOperator.GREATER_THAN_THRESHOLD)
            .threshold(limit)
            .datapointsToAlarm(lasting.periods())
            .evaluationPeriods(lasting.among())
            .treatMissingData(TreatMissingData.NOT_BREACHING)
            .build();
    topic.ifPresent(it -> alarm.addAlarmAction(new SnsAction(it)));
  }
}
