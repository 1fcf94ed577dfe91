package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run shows, and whether it can be trusted. */
final class FindingsTest {
  @Test
  void theHeadlineSaysWhoWasFasterWhere() {
    assertEquals(
        List.of("Leadline was faster than the stand-in of the ALB on /p."),
        Samples.report(name -> name.equals("alb") ? 200L : 100L).findings().headline());
    assertEquals(
        List.of("Leadline was slower than the stand-in of the ALB on /p."),
        Samples.report(name -> name.equals("alb") ? 100L : 200L).findings().headline());
    assertEquals(
        List.of("No difference between Leadline and the stand-in of the ALB was shown on /p."),
        Samples.report(name -> 100L).findings().headline());
  }

  /** What differs from itself shows that the differences are noise. */
  @Test
  void aControlThatDiffersTakesTheTrustAway() {
    Run run = Samples.run(Samples.labWithControl(), 7);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    samples.replaceAll(s -> s.balancer().equals("control") ? slower(s, 50) : s);
    Findings findings = Samples.report(run, samples).findings();

    assertEquals(ControlCheck.WARNING, findings.headline().get(0));
    assertEquals(
        List.of(ControlCheck.QUESTION),
        findings.doubts().stream().map(ValidityCheck::question).toList());
    assertTrue(
        findings.doubts().get(0).answer().contains("+46% in p50 on /p"),
        findings.doubts().get(0).answer());
  }

  /** Five rounds show a difference of balancers, and none of the control: nothing is "ok" there. */
  @Test
  void aControlThatCannotBeTestedIsADoubt() {
    Run run = Samples.run(Samples.labWithControl(), 5);
    Findings findings =
        Samples.report(run, Samples.samples(run, name -> name.equals("alb") ? 200L : 100L))
            .findings();

    assertEquals(
        List.of("Leadline was faster than the stand-in of the ALB on /p."), findings.headline());
    assertEquals(
        List.of(ControlCheck.UNTESTED),
        findings.doubts().stream().map(ValidityCheck::question).toList());
    assertTrue(
        findings
            .doubts()
            .get(0)
            .answer()
            .endsWith("Fewer than 6 rounds cannot show whether this is more than chance."),
        findings.doubts().get(0).answer());
  }

  /** Faster for most requests and slower for the last ones is neither better nor worse. */
  @Test
  void aPathMayDifferBothWays() {
    Run run = Samples.run(Samples.labWithControl(), 5);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    samples.replaceAll(
        s -> s.balancer().equals("leadline") ? slower(s, s.index() == 9 ? 90 : -30) : s);

    assertEquals(
        List.of(
            "On /p Leadline was faster than the stand-in of the ALB in p50 and slower in p99 and total."),
        Samples.report(run, samples).findings().headline());
  }

  @Test
  void tooFewRoundsAreSaid() {
    Run run = Samples.run(Samples.labWithControl(), 2);
    Report report = Samples.report(run, Samples.samples(run, name -> 100L));

    assertEquals(
        List.of("Not enough rounds to compare Leadline with the stand-in of the ALB on /p."),
        report.findings().headline());
    String terminal = TerminalReport.render(report, Ansi.PLAIN).replace('\n', ' ');
    assertTrue(terminal.contains("to find 5% takes 3 or more"), terminal);
  }

  private static Sample slower(Sample s, long millis) {
    return SampleBuilder.like(s).answered(s.endNanos() + millis * Samples.MILLI).build();
  }

  @Test
  void aGoodRunHoldsItsChecks() {
    Findings findings = Samples.report(name -> 100L).findings();

    findings.checks().forEach(check -> assertTrue(check.holds(), check.toString()));
    assertEquals("All 180 measured requests were answered.", findings.answered());
  }

  /** Each of these must show as a check that does not hold: a check that cannot fail is none. */
  @Test
  void whatIsWrongWithARunIsSaid() {
    Run run = Samples.run(Samples.lab(), 2);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    samples.replaceAll(
        s ->
            s.phase() == Phase.MEASURED && s.round() == 1 && s.balancer().equals("alb")
                ? wrong(s)
                : s);
    List<Run.BurstRecord> bursts = new ArrayList<>(run.bursts());
    bursts.replaceAll(
        b ->
            new Run.BurstRecord(
                b.phase(),
                b.round(),
                b.path(),
                b.balancer(),
                b.startedAt(),
                Samples.REQUESTS - 1,
                1,
                b.addresses(),
                b.requests()));
    Findings findings =
        Report.of(
                Samples.interrupted(run, bursts),
                RunSamples.of(samples),
                CloudWatchReading.unreachable("Refused."))
            .findings();

    findings.checks().forEach(check -> assertFalse(check.holds(), check.toString()));
    assertEquals(6, findings.checks().size());
  }

  /** Late, and answered by a stranger or not at all. */
  private static Sample wrong(Sample s) {
    long end = s.endNanos() + 200 * Samples.MILLI;
    SampleBuilder late = SampleBuilder.like(s).begun(200 * Samples.MILLI);
    return s.index() == 0
        ? late.failed(end, "connection reset").build()
        : late.answered(end).by("i-stranger").build();
  }
}
