package dev.leadline.simulation;

import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Series;
import java.util.List;

/**
 * Draws the share of the watched servers over time for some policies, in the run with the first
 * seed.
 */
final class SharePicture {

  private record Drawn(String policy, String colour) {}

  private static final List<Drawn> DRAWN =
      List.of(
          new Drawn(Contenders.FLAGSHIP, "#2a7f62"),
          new Drawn("least_outstanding_requests", "#e08e0b"),
          new Drawn("peak_ewma", "#7d5ba6"),
          new Drawn("round_robin", "#999999"));
  private static final double LEFT = 50;
  private static final double WIDTH = 830;
  private static final double BOTTOM = 260;
  private static final double MOST = .2;
  private static final double PIXELS = 220 / MOST;

  private SharePicture() {}

  static String of(Results results, String scenario) {
    SvgCanvas svg = new SvgCanvas(900, 320);
    svg.words(LEFT, 18, "start", "", scenario + ": its share of the requests, by second");
    for (int percent = 0; percent <= 20; percent += 5) {
      double y = BOTTOM - percent / 100.0 * PIXELS;
      svg.line(LEFT, y, LEFT + WIDTH, y, "").words(LEFT - 6, y + 4, "end", "faint", percent + "%");
    }
    int perSecond = (int) Math.round(1 / Figures.BIN_SECONDS);
    int seconds =
        results.of(scenario, Contenders.FLAGSHIP).get(0).watchedShares().size() / perSecond;
    for (int second = 0; second <= seconds; second += 10) {
      svg.words(x(second, seconds), BOTTOM + 16, "middle", "faint", second + " s");
    }
    double legend = LEFT;
    for (Drawn drawn : DRAWN) {
      Series shares = results.of(scenario, drawn.policy).get(0).watchedShares();
      StringBuilder points = new StringBuilder();
      for (int second = 0; second < seconds; second++) {
        double share = shares.mean(second * perSecond, (second + 1) * perSecond);
        if (!Double.isNaN(share)) {
          points.append(
              SvgCanvas.point(x(second + .5, seconds), BOTTOM - Math.min(MOST, share) * PIXELS));
        }
      }
      svg.path(points.toString(), drawn.colour)
          .path(SvgCanvas.point(legend, 298) + SvgCanvas.point(legend + 20, 298), drawn.colour)
          .words(legend + 26, 302, "start", "", drawn.policy);
      legend += 210;
    }
    return svg.toString();
  }

  private static double x(double second, int seconds) {
    return LEFT + WIDTH * second / seconds;
  }
}
