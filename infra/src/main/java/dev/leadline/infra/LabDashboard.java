package dev.leadline.infra;

import dev.leadline.infra.BalancerMetrics.Figure;
import dev.leadline.infra.BalancerMetrics.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
 * The lab on one page of the CloudWatch console: each figure of all balancers on the same axis, and
 * below them every instance.
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
            Stream.of(
                    List.of(explanation()),
                    List.of(
                        ofAll("Requests a minute", 3, it -> sum(it, Figure.REQUESTS)),
                        ofAll("Healthy targets", 3, it -> targets(it, Figure.HEALTHY)),
                        ofAll("Unhealthy targets", 3, it -> targets(it, Figure.UNHEALTHY))),
                    List.of(responseTime(50), responseTime(90), responseTime(99)),
                    List.of(
                        ofAll("5xx of targets", 3, it -> sum(it, Figure.TARGET_ERRORS)),
                        ofAll("5xx of the balancer itself", 3, it -> sum(it, Figure.OWN_ERRORS)),
                        ofAll(
                            "Connections to targets that failed",
                            3,
                            it -> sum(it, Figure.CONNECTION_ERRORS))),
                    ofSomeKinds(),
                    row(
                        cpu(instances, withCredits.isEmpty() ? 1 : 2),
                        withCredits.isEmpty() ? Stream.empty() : Stream.of(credits(withCredits))))
                .filter(row -> !row.isEmpty())
                .toList())
        .build();
  }

  private TextWidget explanation() {
    boolean two = balancers.stream().allMatch(it -> it.names() == Names.APPLICATION);
    return TextWidget.Builder.create()
        .width(WIDTH)
        .height(2)
        .markdown(
            (two
                    ? "**Leadline beside the Application Load Balancer.** Both are measured by the same names and drawn on the same axis. "
                    : "**Leadline beside AWS's kinds of load balancer.** The same figures are drawn on the same axis. A Network Load Balancer counts connections, no requests. ")
                + "Figures settle within a few minutes; no line means nothing was counted. "
                + "CPU credits come every five minutes, and an instance without any runs at its baseline only.")
        .build();
  }

  private static @Nullable IMetric sum(BalancerMetrics balancer, Figure figure) {
    return balancer.countsRequests() ? balancer.metric(figure, "Sum", MINUTE) : null;
  }

  private static @Nullable IMetric targets(BalancerMetrics balancer, Figure figure) {
    return balancer.targets(figure, MINUTE);
  }

  /** What only a Network or a Classic Load Balancer counts; nothing where there is neither. */
  private List<IWidget> ofSomeKinds() {
    List<IWidget> row = new ArrayList<>();
    ofKind(row, Names.NETWORK, "New connections a minute", "NewFlowCount", "Sum");
    ofKind(row, Names.NETWORK, "Connections that a target reset", "TCP_Target_Reset_Count", "Sum");
    ofKind(row, Names.CLASSIC, "Requests that wait", "SurgeQueueLength", "Maximum");
    ofKind(row, Names.CLASSIC, "Refused, because 1024 waited", "SpilloverCount", "Sum");
    return row;
  }

  private void ofKind(List<IWidget> row, Names kind, String title, String name, String statistic) {
    List<IMetric> lines =
        balancers.stream()
            .filter(it -> it.names() == kind)
            .map(it -> it.ofItsOwn(name, statistic, MINUTE))
            .toList();
    if (!lines.isEmpty()) {
      row.add(graph(title, 4, "count").left(lines).build());
    }
  }

  private IWidget responseTime(int percentile) {
    String statistic = "p" + percentile;
    GraphWidget.Builder widget =
        graph("Response time, " + statistic, 3, "seconds")
            .left(
                balancers.stream()
                    .filter(BalancerMetrics::countsRequests)
                    .map(it -> it.metric(Figure.RESPONSE_TIME, statistic, MINUTE))
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

  /** A line for each balancer that has the figure. */
  private IWidget ofAll(
      String title, int besideEachOther, Function<BalancerMetrics, @Nullable IMetric> figure) {
    return graph(title, besideEachOther, "count")
        .left(balancers.stream().map(figure).filter(Objects::nonNull).toList())
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
