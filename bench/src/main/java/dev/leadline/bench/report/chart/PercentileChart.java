package dev.leadline.bench.report.chart;

import dev.leadline.bench.stats.Percentiles;
import java.util.List;

/**
 * Latency over percentiles on the axis log10(1 / (1 - p)), as HdrHistogram's plots have it: 90, 99
 * and 99.9 percent are equally far apart, so that the slow requests get the room they deserve.
 */
public final class PercentileChart {
  private static final int POINTS = 220;

  /** The rounds of more balancers cannot be told apart. */
  private static final int MOST_WITH_ROUNDS = 4;

  private static final double[] LABELLED = {0, 50, 90, 99, 99.9, 99.99, 99.999};

  private PercentileChart() {}

  /**
   * One balancer's curve.
   *
   * @param balancer its index in the lab, which is its colour
   * @param all requests of all rounds
   * @param rounds each round's own, drawn thin
   */
  public record Curve(int balancer, Percentiles all, List<Percentiles> rounds) {}

  /** Draws one path. */
  public static String draw(String path, List<Curve> curves) {
    double maxMillis =
        curves.stream().mapToLong(curve -> curve.all().max()).max().orElseThrow() / 1e6;
    int size = curves.stream().mapToInt(curve -> curve.all().size()).max().orElseThrow();
    Panel panel =
        new Panel("Latency by percentile on " + path, maxMillis, "percentile of the requests");
    double decades = Math.max(Math.log10(size), 0.5);
    Scale x = new Scale(decades, Panel.LEFT, Panel.RIGHT);
    for (double percent : LABELLED) {
      double decade = -Math.log10(1 - percent / 100);
      if (decade <= decades) {
        panel.xTick(x.at(decade), percent == 0 ? "0" : "p" + Panel.tickLabel(percent));
      }
    }
    for (Curve curve : curves.size() <= MOST_WITH_ROUNDS ? curves : List.<Curve>of()) {
      for (Percentiles round : curve.rounds()) {
        panel.svg.path(line(panel, x, round), "curve thin s" + curve.balancer());
      }
    }
    for (Curve curve : curves) {
      panel.svg.path(line(panel, x, curve.all()), "curve s" + curve.balancer());
    }
    return panel.svg.end();
  }

  private static StringBuilder line(Panel panel, Scale x, Percentiles values) {
    StringBuilder commands = new StringBuilder();
    double last = Math.log10(values.size());
    for (int i = 0; i <= POINTS; i++) {
      double decade = last * i / POINTS;
      double percent = Math.min(100, Math.max(1e-9, 100 * (1 - Math.pow(10, -decade))));
      // The last point is the maximum itself: nearest rank reaches it just above 1 - 1/n.
      long nanos = i == POINTS ? values.max() : values.at(percent);
      commands
          .append(i == 0 ? 'M' : 'L')
          .append(SvgImage.number(x.at(decade)))
          .append(' ')
          .append(SvgImage.number(panel.millis.at(nanos / 1e6)));
    }
    return commands;
  }
}
