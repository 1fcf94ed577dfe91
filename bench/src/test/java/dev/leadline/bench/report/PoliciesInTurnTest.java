package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Outcome;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The report of a lab whose policies were set in turn. */
final class PoliciesInTurnTest {
  private static final URI SET_AT = URI.create("http://127.0.0.1:3");

  /** What a request takes, in ms; whatever is not here takes 200. */
  private static final Map<String, Long> MILLIS =
      Map.of("leadline", 100L, "lor", 120L, "fastest", 400L, "cloudwatch", 150L);

  private static final Report REPORT = report();

  private static Report report() {
    Run run = Samples.run(Samples.labInTurn(SET_AT), 7);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 0L));
    samples.replaceAll(
        s ->
            SampleBuilder.like(s)
                .answered(s.endNanos() + MILLIS.getOrDefault(s.balancer(), 200L) * Samples.MILLI)
                .by(s.balancer().equals("fastest") ? "i-2" : s.instanceId())
                .build());
    return Report.of(run, RunSamples.of(samples), CloudWatchReading.notAsked("Not asked."));
  }

  /** The other algorithm of the load balancer is a candidate like the policies of Leadline. */
  @Test
  void everyPolicyIsComparedWithTheFirstAlgorithm() {
    Map<String, Outcome> expected =
        Map.of(
            "leadline", Outcome.BETTER,
            "lor", Outcome.BETTER,
            "fastest", Outcome.WORSE,
            "cloudwatch", Outcome.BETTER,
            "round_robin", Outcome.NO_DIFFERENCE_SHOWN,
            "alb-lor", Outcome.NO_DIFFERENCE_SHOWN);
    List<BalancerComparison> comparisons = REPORT.figures().comparisons();
    assertEquals(expected.size() * 3, comparisons.size());
    for (BalancerComparison it : comparisons) {
      assertEquals("alb-rr", it.baseline());
      assertEquals(expected.get(it.candidate()), it.outcome(), it.candidate());
    }
    assertFalse(ControlCheck.differs(REPORT.figures()));
    assertEquals(
        "Leadline (leadline), Leadline (least_outstanding_requests) and Leadline (cloudwatch) were faster than the stand-in of the ALB (round_robin) on /p.",
        REPORT.findings().headline().get(0));
    assertEquals(1, REPORT.findings().headlineWithFewWords().size());
    assertEquals(
        "No difference from the stand-in of the ALB (round_robin) was shown on /p for: Leadline (round_robin), the stand-in of the ALB (least_outstanding_requests).",
        REPORT.findings().restOfHeadline().get(1));
    assertEquals(2, REPORT.findings().restOfHeadline().size());
  }

  /** The times stand in the table of figures; what differs has its interval in its words. */
  @Test
  void theVerdictsOfManyAreShort() {
    Table table = VerdictTable.of(REPORT);
    Map<String, Cell> p99 = new HashMap<>();
    table.rows().forEach(row -> p99.put(row.cells().get(1).text(), row.cells().get(3)));
    assertEquals("", Objects.requireNonNull(p99.get("leadline")).detail());
    String interval = Objects.requireNonNull(p99.get("alb-lor")).detail();
    assertTrue(interval.matches("[-+.\\d]+% to [-+.\\d]+%"), interval);
  }

  /** Figures of this run, and not what everybody knows of the methods. */
  @Test
  void theAssignmentsMethodsStandBesideTheFlagshipWithWhatWentWrong() {
    Table table = AssignmentMethods.of(REPORT);
    assertEquals(
        List.of(
            List.of("/p", "leadline", "2 of 2", "50%", "50%"),
            List.of("/p", "fastest", "1 of 2", "100%", "50%"),
            List.of("/p", "cloudwatch", "2 of 2", "50%", "50%")),
        table.rows().stream()
            .map(row -> row.cells().subList(0, 5).stream().map(cell -> cell.text()).toList())
            .toList());
    assertEquals(2, table.notes().size());
    assertTrue(table.notes().get(0).startsWith("The first method, fastest, sends"));
    assertTrue(table.notes().get(1).startsWith("The second method, cloudwatch, leaves"));
    assertTrue(
        table
            .notes()
            .get(0)
            .endsWith(
                "On /p one target got 100% of a burst (an equal share is 50%), and the whole burst took 3.66 times as long as with leadline."),
        table.notes().get(0));
    assertTrue(
        table.notes().get(1).contains("It left no target out in any of its 7 bursts"),
        table.notes().get(1));
    assertTrue(AssignmentMethods.of(ordinary()).isEmpty());
  }

  private static Report ordinary() {
    Run run = Samples.run(Samples.labWithControl(), 2);
    return Report.of(
        run,
        RunSamples.of(Samples.samples(run, name -> 100L)),
        CloudWatchReading.notAsked("Not asked."));
  }

  /** Fails when two balancers of a report have one colour, or the seventh has none. */
  @Test
  void everyBalancerHasAColourOfItsOwn() {
    String html = HtmlReport.render(REPORT, TitlePage.NONE);
    String tex = LatexReport.render(REPORT, TitlePage.NONE);
    for (int i = 0; i < 8; i++) {
      assertTrue(html.contains(".swatch.s%d { color".formatted(i)), "s" + i);
      assertEquals(
          3,
          html.split("--s%d: #".formatted(i), -1).length - 1,
          "light, dark and paper have colour " + i);
      assertTrue(tex.contains("\\definecolor{balancer%c}".formatted('A' + i)), "balancer " + i);
    }
    assertEquals(
        8,
        Pattern.compile("\\\\swatch\\{(balancer.)}")
            .matcher(tex)
            .results()
            .map(found -> found.group(1))
            .distinct()
            .count(),
        "the control has the eighth");
  }

  @Test
  void howItWasDoneIsSaid() {
    String setup = SetupTable.of(REPORT).toString();
    assertTrue(
        setup.contains("1 warm-up bursts before each measured burst are not counted."), setup);
    assertTrue(setup.contains("Set in turn on the same balancers, without a restart"), setup);
    assertEquals(
        "FastAPI clusters behind load balancers: Application Load Balancer and Leadline",
        REPORT.defaultTitle());
    assertTrue(REPORT.findings().checks().get(0).holds(), REPORT.findings().checks().toString());
    assertTrue(
        ReportTables.of(REPORT, Medium.TERMINAL).methods().notes().size() == 2,
        "the terminal has them too");
  }

  @Test
  void aFrenchReportHasNoEnglishSentence() {
    TitlePage french = new TitlePage(null, "", List.of("Ada"), null, Language.FR);
    String html =
        HtmlReport.render(REPORT, french)
            .replaceAll("(?s)<(script|style|code).*?</\\1>", "")
            .replace("<wbr>", "")
            .replaceAll("<li>A note\\.</li>|Not asked\\.", "");
    List<String> english =
        Pattern.compile(">([^<]*\\b(?:the|of|was|were|are|and|with|from|requests|rounds)\\b[^<]*)<")
            .matcher(html)
            .results()
            .map(found -> found.group(1).strip())
            .toList();

    assertEquals(List.of(), english, "add these to report/language/fr.yaml");
  }
}
