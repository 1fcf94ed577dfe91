package dev.leadline.bench.stats;

import static dev.leadline.bench.Samples.MILLI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.MeasuredPath;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RunFiguresTest {
  private final Run run = Samples.run(Samples.lab(), 5);

  /** Latencies of round r are base + r + (0..9) ms: all figures follow by hand. */
  @Test
  void figuresOfACellAreThoseOfItsRounds() {
    RunFigures figures = RunFigures.of(run, RunSamples.of(Samples.samples(run, name -> 100L)));

    assertEquals(2, figures.cells().size());
    CellFigures cell = figures.cells().get(0);
    assertEquals(50, cell.requests());
    assertEquals(0, cell.failed());
    assertEquals(new Spread(105 * MILLI, 107 * MILLI, 109 * MILLI), cell.p50Nanos());
    assertEquals(new Spread(110 * MILLI, 112 * MILLI, 114 * MILLI), cell.p99Nanos());
    assertEquals(new Spread(110 * MILLI, 112 * MILLI, 114 * MILLI), cell.totalNanos());
    assertEquals(112 * MILLI / 10.0, cell.averageNanos());
    assertEquals(Map.of("i-1", 25, "i-2", 25), cell.perTarget());
  }

  /** Fails when warm-up counts: it is a hundred times slower here. */
  @Test
  void warmUpCountsForNothing() {
    List<Sample> samples =
        Samples.samples(run, name -> 100L).stream()
            .map(
                s ->
                    s.phase() == Phase.WARM_UP
                        ? SampleBuilder.like(s).answered(10_000 * MILLI).by("i-warm").build()
                        : s)
            .toList();
    CellFigures cell = RunFigures.of(run, RunSamples.of(samples)).cells().get(0);

    assertEquals(114 * MILLI, cell.latency().maxNanos());
    assertEquals(50, cell.requests());
    assertTrue(!cell.perTarget().containsKey("i-warm"));
  }

  /** Fails when a quick failure makes a cell look quick. */
  @Test
  void aFailedRequestCountsAsTheTimeout() {
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    samples.replaceAll(
        s ->
            s.phase() == Phase.MEASURED && s.balancer().equals("alb") && s.index() == 0
                ? SampleBuilder.like(s).failed(MILLI, "connection refused").build()
                : s);
    RunFigures figures = RunFigures.of(run, RunSamples.of(samples));
    CellFigures cell = figures.cells().get(0);

    assertEquals(5, figures.failed());
    assertEquals(5, cell.failed());
    assertEquals(Map.of("connection refused", 5), cell.errors());
    assertEquals(Samples.TIMEOUT_NANOS, cell.latency().maxNanos());
    assertEquals(Samples.TIMEOUT_NANOS, cell.p99Nanos().min());
    assertEquals(Samples.TIMEOUT_NANOS, cell.totalNanos().min());
    assertEquals(0, figures.cells().get(1).failed());
  }

  @Test
  void laterBalancersAreComparedWithTheFirst() {
    Run controlled = Samples.run(Samples.labWithControl(), 7);
    RunFigures figures =
        RunFigures.of(
            controlled,
            RunSamples.of(Samples.samples(controlled, name -> name.equals("alb") ? 200L : 100L)));

    assertEquals(3, figures.comparisons().size());
    figures
        .comparisons()
        .forEach(
            comparison -> {
              assertEquals("alb", comparison.baseline());
              assertEquals("leadline", comparison.candidate());
              assertEquals(Outcome.BETTER, comparison.outcome());
            });
    assertEquals(3, figures.controls().size());
    figures
        .controls()
        .forEach(
            control -> {
              assertEquals("control", control.candidate());
              assertEquals(Outcome.NO_DIFFERENCE_SHOWN, control.outcome());
            });
  }

  /** The control takes as long as one more balancer, so it need not be measured on every path. */
  @Test
  void theControlHasCellsOnItsPathsOnly() {
    LabDescription lab =
        new LabDescription(
            LabDescription.AD_HOC,
            null,
            null,
            List.of(),
            Samples.lab().balancers(),
            List.of(new MeasuredPath("/a", List.of()), new MeasuredPath("/b", List.of())),
            List.of(),
            Map.of());

    assertEquals(
        List.of(
            "/a through alb",
            "/a through leadline",
            "/a through control",
            "/b through alb",
            "/b through leadline"),
        RunFigures.cells(lab.withControl(List.of("/a"))).stream().map(Cell::toString).toList());
  }

  @Test
  void aCellWithoutAMeasuredRoundIsLeftOut() {
    List<Sample> samples =
        Samples.samples(run, name -> 100L).stream()
            .filter(s -> s.phase() == Phase.WARM_UP || s.balancer().equals("leadline"))
            .toList();
    RunFigures figures = RunFigures.of(run, RunSamples.of(samples));

    assertEquals(1, figures.cells().size());
    assertEquals(List.of(), figures.comparisons());
  }
}
