package dev.leadline.bench.report.chart;

import java.util.List;
import java.util.Locale;

/** How many requests each target answered, a bar for each balancer. */
public final class ShareChart {
  private static final double LEFT = 104;
  private static final double RIGHT = Panel.WIDTH - 46;
  private static final double TOP = 6;
  private static final double BAR = 9;
  private static final double GAP = 9;

  private ShareChart() {}

  /**
   * One target.
   *
   * @param answers one for each balancer of the chart
   */
  public record Bars(String label, List<Integer> answers) {}

  /**
   * Draws one path.
   *
   * @param balancers their indexes in the lab, which are their colours
   */
  public static String draw(String path, List<Integer> balancers, List<Bars> targets) {
    int most =
        targets.stream()
            .flatMap(target -> target.answers().stream())
            .mapToInt(Integer::intValue)
            .max()
            .orElse(0);
    double row = balancers.size() * BAR + GAP;
    double height = TOP + targets.size() * row + 4;
    SvgImage svg = new SvgImage(Panel.WIDTH, height, "Requests answered by each target on " + path);
    Scale x = new Scale(Math.max(most, 1), LEFT, RIGHT);
    svg.line(LEFT, TOP, LEFT, height - GAP, "axis");
    for (int i = 0; i < targets.size(); i++) {
      double y = TOP + i * row;
      Bars bars = targets.get(i);
      svg.text(LEFT - 8, y + (balancers.size() * BAR) / 2 + 4, bars.label(), "tick end");
      for (int b = 0; b < bars.answers().size(); b++) {
        double top = y + b * BAR;
        double end = x.at(bars.answers().get(b));
        svg.rect(LEFT, top, end - LEFT, BAR - 1.5, "fill s" + balancers.get(b));
        svg.text(
            end + 4,
            top + BAR - 2,
            String.format(Locale.ROOT, "%,d", bars.answers().get(b)),
            "tick small");
      }
    }
    return svg.end();
  }
}
