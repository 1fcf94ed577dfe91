package dev.leadline.bench.report.chart;

import dev.leadline.bench.stats.BurstFigures;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** p50 and p99 of each round: how much the figures vary when nothing was changed. */
public final class RoundsChart {
  private static final double RADIUS = 3.5;
  private static final double INSET = 18;

  private RoundsChart() {}

  /**
   * One balancer's rounds.
   *
   * @param balancer its index in the lab, which is its colour
   */
  public record Line(int balancer, List<BurstFigures> rounds) {}

  /** Draws one path. */
  public static String draw(String path, List<Line> lines) {
    List<BurstFigures> all = lines.stream().flatMap(line -> line.rounds().stream()).toList();
    double maxMillis =
        all.stream().mapToLong(r -> r.latency().p99Nanos()).max().orElseThrow() / 1e6;
    int rounds = all.stream().mapToInt(r -> r.burst().round()).max().orElseThrow();
    Panel panel = new Panel("p50 and p99 of each round on " + path, maxMillis, "round");
    for (int round = 1; round <= rounds; round++) {
      panel.xTick(x(round, rounds), Integer.toString(round));
    }
    for (Line line : lines) {
      series(panel, line, rounds, "hollow", r -> r.latency().p50Nanos() / 1e6);
      series(panel, line, rounds, "filled", r -> r.latency().p99Nanos() / 1e6);
    }
    return panel.svg.end();
  }

  private static void series(
      Panel panel, Line line, int rounds, String dot, ToDoubleFunction<BurstFigures> millis) {
    String colour = "s" + line.balancer();
    StringBuilder commands = new StringBuilder();
    for (BurstFigures round : line.rounds()) {
      commands
          .append(commands.isEmpty() ? 'M' : 'L')
          .append(SvgImage.number(x(round.burst().round(), rounds)))
          .append(' ')
          .append(SvgImage.number(panel.millis.at(millis.applyAsDouble(round))));
    }
    panel.svg.path(commands, "curve light " + colour + (dot.equals("hollow") ? " dashed" : ""));
    for (BurstFigures round : line.rounds()) {
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
