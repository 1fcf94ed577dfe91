package dev.leadline.bench;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import dev.leadline.bench.lab.LabDescription.Target;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.plan.Plan;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.stats.RunFigures;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A made-up lab of two balancers and two targets, and runs of it, for tests. */
public final class Samples {
  public static final Instant START = Instant.parse("2026-03-01T12:00:10Z");
  public static final int REQUESTS = 10;
  public static final long MILLI = 1_000_000;
  public static final long TIMEOUT_NANOS = 5_000 * MILLI;

  private Samples() {}

  public static LabDescription lab() {
    return lab("Application Load Balancer", "/p", "i-1", "A note.");
  }

  public static LabDescription lab(String title, String path, String id, String note) {
    return new LabDescription(
        LabDescription.LOCAL,
        "us-east-1",
        URI.create("http://localhost:1"),
        List.of(note),
        List.of(
            new Balancer(
                "alb",
                title,
                URI.create("http://127.0.0.1:1"),
                new MetricScope("AWS/ApplicationELB", Map.of("LoadBalancer", "app/x/y"))),
            new Balancer(
                "leadline",
                "Leadline",
                URI.create("http://127.0.0.1:2"),
                new MetricScope("Leadline", Map.of("Balancer", "i-9")))),
        List.of(new MeasuredPath(path, List.of(id, "i-2"))),
        List.of(
            new Target(id, 1, "cluster1", "t2.large", "10.0.0.4", "healthy"),
            new Target("i-2", 2, "cluster2", "t2.micro", "10.0.0.5", "healthy")),
        Map.of("policy", "round_robin"));
  }

  /** The same with a control. */
  public static LabDescription labWithControl() {
    return lab().withControl(List.of("/p"));
  }

  /** A local lab with every kind of load balancer, and a control. */
  public static LabDescription labOfFour() {
    LabDescription lab = lab("Stand-in of the ALB", "/cluster1", "i-1", "A note.");
    Balancer alb = lab.balancers().get(0);
    Balancer leadline = lab.balancers().get(1);
    Map<String, String> net = Map.of("LoadBalancer", "net/x/y");
    Balancer nlb =
        new Balancer(
            "nlb",
            "Stand-in of the NLB",
            URI.create("http://127.0.0.1:8081"),
            Map.of(
                "/cluster1", URI.create("http://127.0.0.1:8081"),
                "/mixed", URI.create("http://127.0.0.1:8082")),
            new MetricScope("AWS/NetworkELB", net, Map.of("/cluster1", net, "/mixed", net)),
            null,
            null,
            null);
    Balancer clb =
        new Balancer(
            "clb",
            "Stand-in of the Classic Load Balancer",
            URI.create("http://127.0.0.2:80"),
            Map.of(
                "/cluster1", URI.create("http://127.0.0.2:80"),
                "/mixed", URI.create("http://127.0.0.3:80")),
            new MetricScope(
                "AWS/ELB",
                Map.of(),
                Map.of(
                    "/cluster1", Map.of("LoadBalancerName", "clb-1"),
                    "/mixed", Map.of("LoadBalancerName", "clb-2"))),
            null,
            null,
            null);
    return new LabDescription(
            lab.profile(),
            lab.region(),
            lab.endpoint(),
            lab.notes(),
            List.of(alb, nlb, clb, leadline),
            List.of(lab.paths().get(0), new MeasuredPath("/mixed", lab.paths().get(0).targets())),
            lab.targets(),
            lab.settings())
        .withControl(List.of("/cluster1"));
  }

  /** The same lab with policies that are set in turn, and a control. */
  public static LabDescription labInTurn(URI setAt) {
    LabDescription lab = lab();
    Balancer alb = lab.balancers().get(0);
    Balancer leadline = lab.balancers().get(1);
    return new LabDescription(
            lab.profile(),
            lab.region(),
            lab.endpoint(),
            lab.notes(),
            List.of(
                inTurn(alb, "alb-rr", setAt.resolve("/alb/round_robin")),
                inTurn(leadline, "leadline", setAt.resolve("/leadline/leadline")),
                inTurn(leadline, "lor", setAt.resolve("/leadline/least_outstanding_requests")),
                inTurn(leadline, "fastest", setAt.resolve("/leadline/fastest")),
                inTurn(leadline, "cloudwatch", setAt.resolve("/leadline/cloudwatch")),
                inTurn(leadline, "round_robin", setAt.resolve("/leadline/round_robin")),
                inTurn(alb, "alb-lor", setAt.resolve("/alb/least_outstanding_requests"))),
            lab.paths(),
            lab.targets(),
            Map.of())
        .withControl(List.of("/p"));
  }

  private static Balancer inTurn(Balancer balancer, String name, URI url) {
    String value = url.getPath().replaceFirst(".*/", "");
    return new Balancer(
        name,
        balancer.title() + " (" + value + ")",
        balancer.url(),
        Map.of(),
        balancer.cloudwatch(),
        null,
        null,
        new LabDescription.Setting(balancer.title(), value, url));
  }

  /** A run of {@code rounds} rounds and one warm-up, complete. */
  public static Run run(LabDescription lab, int rounds) {
    List<PlannedBurst> plan =
        lab.switched()
            ? Plan.inTurns(RunFigures.cells(lab).stream().map(List::of).toList(), 1, rounds, 7)
            : Plan.of(RunFigures.cells(lab), 1, rounds, 7);
    List<BurstRecord> bursts = new ArrayList<>();
    for (PlannedBurst burst : plan) {
      bursts.add(
          new BurstRecord(
              burst.phase(),
              burst.round(),
              burst.cell().path(),
              burst.cell().balancer(),
              START.plusSeconds(bursts.size()),
              REQUESTS,
              REQUESTS,
              List.of("127.0.0.1"),
              REQUESTS));
    }
    return new Run(
        "0",
        Run.State.COMPLETE,
        START,
        START.plusSeconds(bursts.size()),
        new Run.Settings(7, REQUESTS, rounds, 1, Pace.NONE, TIMEOUT_NANOS / MILLI, false),
        new Run.Client("a JVM", "5", "Linux", 2, 20_000),
        lab,
        List.of(),
        plan,
        bursts);
  }

  /** The same run with another load. */
  public static Run with(Run run, Load load) {
    Run.Settings its = run.settings();
    Run.Settings settings =
        new Run.Settings(
            its.seed(),
            (int) load.expectedRequests(),
            its.rounds(),
            its.warmUps(),
            its.pace(),
            its.timeoutMillis(),
            its.preConnected(),
            its.smallestDifference(),
            load,
            null);
    return new Run(
        run.benchVersion(),
        run.state(),
        run.startedAt(),
        run.endedAt(),
        settings,
        run.client(),
        run.lab(),
        run.remarks(),
        run.plan(),
        run.bursts());
  }

  /** The same run, stopped after these bursts. */
  public static Run interrupted(Run run, List<BurstRecord> bursts) {
    return new Run(
        run.benchVersion(),
        Run.State.INTERRUPTED,
        run.startedAt(),
        run.endedAt(),
        run.settings(),
        run.client(),
        run.lab(),
        run.remarks(),
        run.plan(),
        bursts);
  }

  /** Of six rounds with a control: more would drift by 5%. */
  public static Report report(Function<String, Long> latencyMillis) {
    Run run = run(labWithControl(), 6);
    return report(run, samples(run, latencyMillis));
  }

  /** Without CloudWatch. */
  public static Report report(Run run, List<Sample> samples) {
    return Report.of(run, RunSamples.of(samples), CloudWatchReading.notAsked("Not asked."));
  }

  /** Every request of a run, as {@code latencyMillis} of its burst's balancer has it. */
  public static List<Sample> samples(Run run, Function<String, Long> latencyMillis) {
    List<Sample> samples = new ArrayList<>();
    for (BurstRecord burst : run.bursts()) {
      for (int index = 0; index < run.settings().requests(); index++) {
        // Rounds differ a little, requests of a round by a millisecond each.
        long end =
            (latencyMillis.apply(run.lab().behind(burst.balancer())) + burst.round() + index)
                * MILLI;
        samples.add(
            SampleBuilder.of(burst.planned(), index)
                .begun(100)
                .sent(200L)
                .answered(end - 10, end)
                .by(run.lab().targets().get(index % run.lab().targets().size()).id())
                .build());
      }
    }
    return samples;
  }
}
