package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.SampleBuilder;
import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class HtmlReportTest {
  /** A server chooses instance ids, a user titles and notes: none of them may write HTML. */
  @Test
  void hostileTextDoesNotBecomeHtml() {
    String hostile = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;";
    LabDescription lab = Samples.lab(hostile, "/p", hostile, hostile);
    Run run = Samples.run(lab, 2).withRemark(hostile);
    List<Sample> samples = new ArrayList<>(Samples.samples(run, name -> 100L));
    samples.add(
        SampleBuilder.of(new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", "alb")), 10)
            .failed(1, hostile)
            .build());
    String html =
        HtmlReport.render(
            Report.of(run, RunSamples.of(samples), CloudWatchReading.unreachable(hostile)),
            TitlePage.NONE);

    assertFalse(html.contains("<script>alert"), "script");
    assertFalse(html.contains("<img"), "img");
    assertTrue(html.contains("&lt;script&gt;"));
    assertTrue(html.contains("&amp;amp;"));
  }

  /**
   * Servers that are no lab do not say who they are: nobody has failed, and nobody can be told
   * apart.
   */
  @Test
  void answersThatNameNoTargetAreNotShownAsFailed() {
    Run run = Samples.run(Samples.lab(), 2);
    List<Sample> samples = new ArrayList<>();
    for (Sample s : Samples.samples(run, name -> 100L)) {
      samples.add(SampleBuilder.like(s).by(null).build());
    }
    String html = HtmlReport.render(Samples.report(run, samples), TitlePage.NONE);

    assertTrue(html.contains(">answered</text>"));
    assertFalse(html.contains(">failed</text>"));
  }

  /** A request of each half second: its course is to be seen, and not who answered in one burst. */
  @Test
  void aLoadThatGoesOnForAWhileIsShownOverTime() {
    Run run = Samples.run(Samples.lab(), 2);
    List<Sample> samples = new ArrayList<>();
    for (Sample s : Samples.samples(run, name -> name.equals("alb") ? 300L : 100L)) {
      long due = s.index() * 500L * Samples.MILLI;
      samples.add(SampleBuilder.like(s).due(due).answered(due + s.endNanos()).build());
    }
    String html = HtmlReport.render(Samples.report(run, samples), TitlePage.NONE);

    assertTrue(html.contains("Latency over time on /p"));
    assertTrue(html.contains("Leadline: p99 of 0.10 s between 101 and 110 ms."), html);
    assertFalse(html.contains("What happens in a burst"));
    assertFalse(
        HtmlReport.render(Samples.report(name -> 100L), TitlePage.NONE)
            .contains("Latency over time"));
  }

  /** FrenchTest looks at single texts; this is what becomes of them when they are put together. */
  @Test
  void aFrenchReportHasNoEnglishSentence() {
    assertEquals(List.of(), english(Samples.report(name -> name.equals("alb") ? 2345L : 1234L)));
  }

  /** Texts with an English word in a French report, those of pictures too. */
  static List<String> english(Report report) {
    String html =
        HtmlReport.render(report, new TitlePage(null, "", List.of("Ada"), null, Language.FR))
            .replaceAll("(?s)<(script|style|code).*?</\\1>", "")
            .replaceAll("<li>A note\\.</li>|Not asked\\.", "");
    String word = "\\b(?:the|of|was|were|are|and|with|from|to|after|failed|requests|rounds)\\b";
    return Pattern.compile(">([^<]*%s[^<]*)<|aria-label=\"([^\"]*%s[^\"]*)\"".formatted(word, word))
        .matcher(html)
        .results()
        .map(found -> found.group().strip())
        .toList();
  }

  /** An interrupted run may lack a balancer on a path: the others keep their colours. */
  @Test
  void aBalancerHasItsColourWhateverElseWasMeasured() {
    Run run = Samples.run(Samples.lab(), 2);
    Run interrupted =
        Samples.interrupted(
            run, run.bursts().stream().filter(b -> b.balancer().equals("leadline")).toList());
    Report report = Samples.report(interrupted, Samples.samples(interrupted, name -> 100L));
    List<String> colours =
        Pattern.compile("class=\"(?:curve|dot|fill)[^\"]* (s\\d)")
            .matcher(HtmlReport.render(report, TitlePage.NONE))
            .results()
            .map(found -> found.group(1))
            .distinct()
            .toList();

    assertEquals(List.of("s1"), colours);
    assertTrue(
        HtmlReport.render(report, TitlePage.NONE).contains("\"name\":\"Leadline\",\"colour\":1"));
    assertFalse(LatexReport.render(report, TitlePage.NONE).contains("\\color{balancerA}\\line"));
  }

  /** One file, shown without a network: nothing in it is fetched from anywhere. */
  @Test
  void htmlIsSelfContained() {
    String html = HtmlReport.render(Samples.report(name -> 100L), TitlePage.NONE);

    assertFalse(html.contains("<link"));
    assertFalse(html.contains("@import"));
    assertFalse(html.matches("(?s).*\\b(src|href)=.*"));
    assertFalse(html.matches("(?s).*\\b(fetch|XMLHttpRequest|WebSocket|url)\\(.*"));
  }
}
