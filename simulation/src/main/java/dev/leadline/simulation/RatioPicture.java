package dev.leadline.simulation;

import dev.leadline.simulation.Results.Estimate;
import dev.leadline.simulation.scenario.Scenario;
import java.util.List;

/**
 * Draws, for every scenario, a bar from 1 to the ratio of the flagship's figure to the best other
 * policy's, with its interval, and a ring at the ratio to least_outstanding_requests.
 */
final class RatioPicture {

  private static final int LABELS = 560;
  private static final int ROW = 18;
  private static final int TOP = 30;
  private static final double PIXELS = 300;
  private static final double MOST = 1.4;

  private RatioPicture() {}

  static String of(Ranking ranking, List<Scenario> scenarios) {
    int bottom = TOP + scenarios.size() * ROW;
    SvgCanvas svg = new SvgCanvas(1000, bottom + 30);
    svg.words(LABELS, 16, "start", "", "leadline's p99 over that of")
        .box(733, 8, 12, 9, "good")
        .words(750, 17, "start", "", "the best other policy")
        .circle(897, 12.5, 4, "ring")
        .words(906, 17, "start", "", "LOR");
    for (double tick : new double[] {0, .25, .5, .75, 1, 1.25}) {
      svg.line(x(tick), TOP - 4, x(tick), bottom + 4, tick == 1 ? "strong" : "")
          .words(x(tick), bottom + 20, "middle", "faint", Markdown.number(tick, 2));
    }
    double middle = TOP + ROW / 2.0;
    for (Scenario scenario : scenarios) {
      Estimate toBest = ranking.toBest(scenario);
      double toRival = ranking.ratio(scenario, Ranking.FLAGSHIP, Ranking.RIVALS.get(0)).mean();
      String kind = toBest.mean() > 1 ? "bad" : "good";
      double left = Math.min(x(1), x(toBest.mean()));
      double width = Math.max(1, Math.abs(x(1) - x(toBest.mean())));
      svg.words(LABELS - 8, middle + 4, "end", "", scenario.name())
          .box(left, middle - 5, width, 10, kind);
      if (!Double.isNaN(toBest.halfWidth())) {
        svg.line(
            x(toBest.mean() - toBest.halfWidth()),
            middle,
            x(toBest.mean() + toBest.halfWidth()),
            middle,
            "strong");
      }
      svg.circle(x(toRival), middle, 4, "ring");
      middle += ROW;
    }
    return svg.toString();
  }

  private static double x(double ratio) {
    return LABELS + Math.max(0, Math.min(MOST, ratio)) * PIXELS;
  }
}
