package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.BalancerReading;
import dev.leadline.bench.cloudwatch.CloudWatchReading.Series;
import dev.leadline.bench.cloudwatch.CloudWatchReading.State;
import dev.leadline.bench.cloudwatch.Metrics;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A report of an ALB, an NLB, a Classic Load Balancer and Leadline side by side. */
final class EveryKindTest {
  private static final Map<String, Long> LATENCIES =
      Map.of("alb", 400L, "nlb", 700L, "clb", 300L, "leadline", 100L);

  static Report report() {
    Run run = Samples.run(Samples.labOfFour(), 7);
    List<BalancerReading> readings =
        run.lab().counting().stream().map(EveryKindTest::reading).toList();
    return Report.of(
        run,
        RunSamples.of(Samples.samples(run, name -> Objects.requireNonNull(LATENCIES.get(name)))),
        new CloudWatchReading(
            State.SETTLED, "Counted.", Samples.START, Samples.START, 2, readings, List.of()));
  }

  private static BalancerReading reading(Balancer balancer) {
    String metric = balancer.name().equals("nlb") ? Metrics.NEW_CONNECTIONS : Metrics.REQUEST_COUNT;
    return new BalancerReading(
        balancer.name(),
        Objects.requireNonNull(balancer.cloudwatch()),
        160,
        160,
        balancer.name().equals("nlb") ? 0 : 160,
        List.of(new Series(metric, "Sum", new TreeMap<>(Map.of(Samples.START, 160.0)))));
  }

  @Test
  void everyKindIsComparedWithTheFirstAndNamedAsAStandIn() {
    List<String> headline = report().findings().headline();

    assertEquals(2, headline.size(), headline.toString());
    assertTrue(
        headline
            .get(0)
            .startsWith("The stand-in of the NLB was slower than the stand-in of the ALB on"),
        headline.get(0));
    assertTrue(
        headline
            .get(1)
            .startsWith("The stand-in of the Classic Load Balancer and Leadline were faster than"),
        headline.get(1));
  }

  /** Catches a section about the setup that speaks of one of four. */
  @Test
  void theSetupSaysHowEachKindIsSetUp() {
    for (Language language : Language.values()) {
      String paper =
          LatexReport.render(report(), new TitlePage(null, "", List.of(), null, language));
      for (String kind : List.of("Application", "Network", "Classic")) {
        assertTrue(section(paper).contains(kind + " Load Balancer"), language + " " + kind);
      }
    }
    String two =
        LatexReport.render(
            Samples.report(name -> 100L), new TitlePage(null, "", List.of(), null, Language.EN));
    assertTrue(!section(two).contains("Classic Load Balancer"), two);
  }

  private static String section(String paper) {
    return paper.split("section[{]", -1)[3];
  }

  @Test
  void theTerminalHasRoomForFour() {
    String plain = TerminalReport.render(report(), Ansi.PLAIN);

    plain.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(!plain.contains("too wide"), plain);
    assertTrue(plain.contains("Requests that failed "), plain);
  }

  @Test
  void whatAKindDoesNotCountIsSaidAndNotCalledWrong() {
    String plain = TerminalReport.render(report(), Ansi.PLAIN).replaceAll("\\s+", " ");

    assertTrue(plain.contains("RequestCount 160 not published 160 160"), plain);
    assertTrue(plain.contains("nlb counts no requests, so its figures cannot be compared"), plain);
    assertTrue(plain.contains("cannot tell several processes of an instance apart"), plain);
  }

  @Test
  void theReportsForPeopleSpeakFrenchToo() {
    String french =
        HtmlReport.render(report(), new TitlePage(null, "", List.of(), null, Language.FR));

    assertTrue(french.contains("Le remplaçant du NLB a été plus lent que"), french);
    assertTrue(
        french.contains(
            "Le remplaçant du Classic Load Balancer et Leadline ont été plus rapides que le remplaçant de l'ALB sur"),
        french);
    assertTrue(french.contains("non publié") || french.contains("pas publié"), french);
  }
}
