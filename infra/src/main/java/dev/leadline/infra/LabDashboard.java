package dev.leadline.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import software.amazon.awscdk.Aws;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.Dashboard;
import software.amazon.awscdk.services.cloudwatch.GraphWidget;
import software.amazon.awscdk.services.cloudwatch.HorizontalAnnotation;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.IWidget;
import software.amazon.awscdk.services.cloudwatch.PeriodOverride;
import software.amazon.awscdk.services.cloudwatch.TextWidget;
import software.amazon.awscdk.services.cloudwatch.YAxisProps;
import software.constructs.Construct;

/**
 * The lab on one page of the CloudWatch console: each figure of both balancers on the same axis,
 * and below them every instance.
 */
final class LabDashboard extends Construct {
  private static final int WIDTH = 24;
  private static final int HEIGHT = 6;
  private static final Duration MINUTE = Duration.minutes(1);

  private final List<BalancerMetrics> balancers;
  private final Watching.Limits limits;

  LabDashboard(
      Construct scope,
      String id,
      Watching.Limits limits,
      List<BalancerMetrics> balancers,
      List<InstanceMetrics> instances) {
    super(scope, id);
    this.balancers = balancers;
    this.limits = limits;
    List<InstanceMetrics> withCredits =
        instances.stream().filter(InstanceMetrics::hasCredits).toList();
    Dashboard.Builder.create(this, "Dashboard")
        // Dashboards are the account's, not a region's.
        .dashboardName("%s-%s".formatted(Stack.of(this).getStackName(), Aws.REGION))
        .defaultInterval(Duration.hours(1))
        .periodOverride(PeriodOverride.INHERIT)
        .widgets(
            List.of(
                List.of(explanation()),
                List.of(
                    ofBoth("Requests a minute", 3, it -> sum(it, BalancerMetrics.REQUESTS)),
                    ofBoth("Healthy targets", 3, it -> targets(it, BalancerMetrics.HEALTHY)),
                    ofBoth("Unhealthy targets", 3, it -> targets(it, BalancerMetrics.UNHEALTHY))),
                List.of(responseTime(50), responseTime(90), responseTime(99)),
                List.of(
                    ofBoth("5xx of targets", 3, it -> sum(it, BalancerMetrics.TARGET_ERRORS)),
                    ofBoth(
                        "5xx of the balancer itself", 3, it -> sum(it, BalancerMetrics.OWN_ERRORS)),
                    ofBoth(
                        "Connections to targets that failed",
                        3,
                        it -> sum(it, BalancerMetrics.CONNECTION_ERRORS))),
                row(
                    cpu(instances, withCredits.isEmpty() ? 1 : 2),
                    withCredits.isEmpty() ? Stream.empty() : Stream.of(credits(withCredits)))))
        .build();
  }

  private static TextWidget explanation() {
    return TextWidget.Builder.create()
        .width(WIDTH)
        .height(2)
        .markdown(
            "**Leadline beside the Application Load Balancer.** Both are measured by the same names and drawn on the same axis. "
                + "Figures settle within a few minutes; no line means nothing was counted. "
                + "CPU credits come every five minutes, and an instance without any runs at its baseline only.")
        .build();
  }

  private static IMetric sum(BalancerMetrics balancer, String name) {
    return balancer.metric(name, "Sum", MINUTE);
  }

  private static IMetric targets(BalancerMetrics balancer, String name) {
    return balancer.targets(name, MINUTE);
  }

  private IWidget responseTime(int percentile) {
    String statistic = "p" + percentile;
    GraphWidget.Builder widget =
        graph("Response time, " + statistic, 3, "seconds")
            .left(
                balancers.stream()
                    .map(it -> it.metric(BalancerMetrics.RESPONSE_TIME, statistic, MINUTE))
                    .toList());
    if (percentile == 99) {
      widget.leftAnnotations(List.of(limit(limits.p99Millis() / 1000.0)));
    }
    return widget.build();
  }

  private IWidget cpu(List<InstanceMetrics> instances, int besideEachOther) {
    return graph("CPU of every instance", besideEachOther, "percent")
        .left(instances.stream().map(it -> it.cpu(MINUTE)).toList())
        .leftAnnotations(List.of(limit(limits.cpuPercent())))
        .build();
  }

  private static IWidget credits(List<InstanceMetrics> instances) {
    return graph("CPU credits left", 2, "credits")
        .left(instances.stream().map(InstanceMetrics::credits).toList())
        .build();
  }

  private IWidget ofBoth(
      String title, int besideEachOther, Function<BalancerMetrics, IMetric> figure) {
    return graph(title, besideEachOther, "count")
        .left(balancers.stream().map(figure).toList())
        .build();
  }

  private static GraphWidget.Builder graph(String title, int besideEachOther, String unit) {
    return GraphWidget.Builder.create()
        .title(title)
        .width(WIDTH / besideEachOther)
        .height(HEIGHT)
        .leftYAxis(YAxisProps.builder().min(0).label(unit).showUnits(false).build());
  }

  private static HorizontalAnnotation limit(double value) {
    return HorizontalAnnotation.builder().value(value).label("alarm above").build();
  }

  private static List<IWidget> row(IWidget first, Stream<IWidget> others) {
    List<IWidget> row = new ArrayList<>(List.of(first));
    others.forEach(row::add);
    return row;
  }
}
