package dev.leadline.bench.report.chart;

import dev.leadline.bench.stats.BurstFigures;
import dev.leadline.bench.stats.CellFigures;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** p50 and p99 of each round: how much the figures vary when nothing was changed. */
public final class RoundsChart {
  private static final double RADIUS = 3.5;
  private static final double INSET = 18;

  private RoundsChart() {}

  /** Draws one path; cells in the order of the balancers. */
  public static String draw(String path, List<CellFigures> cells) {
    double maxMillis =
        cells.stream().mapToLong(cell -> cell.p99Nanos().max()).max().orElseThrow() / 1e6;
    int rounds =
        cells.stream()
            .flatMap(cell -> cell.rounds().stream())
            .mapToInt(round -> round.burst().round())
            .max()
            .orElseThrow();
    Panel panel = new Panel("p50 and p99 of each round on " + path, maxMillis, "round");
    for (int round = 1; round <= rounds; round++) {
      panel.xTick(x(round, rounds), Integer.toString(round));
    }
    for (int i = 0; i < cells.size(); i++) {
      series(panel, cells.get(i), rounds, "s" + i, "hollow", r -> r.latency().p50Nanos() / 1e6);
      series(panel, cells.get(i), rounds, "s" + i, "filled", r -> r.latency().p99Nanos() / 1e6);
    }
    return panel.svg.end();
  }

  private static void series(
      Panel panel,
      CellFigures cell,
      int rounds,
      String colour,
      String dot,
      ToDoubleFunction<BurstFigures> millis) {
    StringBuilder line = new StringBuilder();
    for (BurstFigures round : cell.rounds()) {
      line.append(line.isEmpty() ? 'M' : 'L')
          .append(SvgImage.number(x(round.burst().round(), rounds)))
          .append(' ')
          .append(SvgImage.number(panel.millis.at(millis.applyAsDouble(round))));
    }
    panel.svg.path(line, "curve light " + colour + (dot.equals("hollow") ? " dashed" : ""));
    for (BurstFigures round : cell.rounds()) {
      panel.svg.circle(
          x(round.burst().round(), rounds),
          panel.millis.at(millis.applyAsDouble(round)),
          RADIUS,
          "dot " + dot + " " + colour);
    }
  }

  private static double x(int round, int rounds) {
    double left = Panel.LEFT + INSET;
    double right = Panel.RIGHT - INSET;
    return rounds == 1 ? (left + right) / 2 : left + (right - left) * (round - 1) / (rounds - 1);
  }
}
