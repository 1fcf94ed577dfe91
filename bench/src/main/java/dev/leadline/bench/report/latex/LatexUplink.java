package dev.leadline.bench.report.latex;

import dev.leadline.bench.report.chart.UplinkChart.Line;
import dev.leadline.bench.stats.Figure;
import java.util.List;
import java.util.Map;

/** What the uplink adds, as {@link LatexFigure} draws: in millimetres, with balancers' colours. */
public final class LatexUplink {
  private static final double WIDTH = 50;
  private static final double ROW = 4.5;
  private static final double GAP = 2.5;
  private static final double DOT = 1.8;

  private LatexUplink() {}

  /**
   * Draws one path.
   *
   * @param maxMillis end of the axis: the same for paths that are to be compared
   */
  public static String draw(List<Line> lines, double maxMillis) {
    Map<Figure, List<Line>> figures = Line.byFigure(lines);
    double max = Math.max(maxMillis, 1e-3);
    double y = lines.size() * ROW + figures.size() * GAP;
    StringBuilder out = new StringBuilder();
    out.append(
        "\\setlength{\\unitlength}{1mm}\\begin{picture}(76,%s)(-12,-11)\n"
            .formatted(LatexFigure.number(y + 12)));
    out.append("\\put(0,0){\\line(1,0){%s}}\n".formatted(LatexFigure.number(WIDTH)));
    double step = LatexFigure.step(max);
    for (double tick = 0; tick <= max * 1.0001; tick += step) {
      String x = LatexFigure.number(tick / max * WIDTH);
      out.append(
          "\\put(%s,-1){\\line(0,1){1}}\\put(%s,-4){\\makebox(0,0){\\scriptsize %s}}\n"
              .formatted(x, x, LatexFigure.label(tick)));
    }
    out.append(
        "\\put(%s,-9){\\makebox(0,0){\\scriptsize ms}}\n".formatted(LatexFigure.number(WIDTH / 2)));
    y -= GAP / 2;
    for (Map.Entry<Figure, List<Line>> figure : figures.entrySet()) {
      double middle = y - figure.getValue().size() * ROW / 2;
      out.append(
          "\\put(-2,%s){\\makebox(0,0)[r]{\\scriptsize %s}}\n"
              .formatted(LatexFigure.number(middle), figure.getKey().label()));
      for (Line line : figure.getValue()) {
        line(out, line, max, y - ROW / 2);
        y -= ROW;
      }
      y -= GAP;
    }
    // An end of line is a space, and a space moves what follows: LaTeX must not see any.
    return out.append("\\end{picture}").toString().replace("\n", "%\n");
  }

  private static void line(StringBuilder out, Line line, double max, double y) {
    double near = line.views().nearNanos() / 1e6 / max * WIDTH;
    double far = line.views().farNanos() / 1e6 / max * WIDTH;
    // Not into the hollow dot.
    double length = Math.abs(far - near) - DOT / 2;
    String at = LatexFigure.number(y);
    out.append("{\\color{").append(LatexTable.colour(line.balancer())).append("}\\thicklines\n");
    if (length > 0) {
      out.append(
          "\\linethickness{0.4mm}\\put(%s,%s){\\line(%s,0){%s}}\n"
              .formatted(
                  LatexFigure.number(near),
                  at,
                  far > near ? "1" : "-1",
                  LatexFigure.number(length)));
    }
    String dot = LatexFigure.number(DOT);
    out.append("\\put(%s,%s){\\circle*{%s}}\n".formatted(LatexFigure.number(near), at, dot));
    out.append("\\put(%s,%s){\\circle{%s}}}\n".formatted(LatexFigure.number(far), at, dot));
    out.append(
        "\\put(%s,%s){\\makebox(0,0)[l]{\\scriptsize %s}}\n"
            .formatted(LatexFigure.number(Math.max(near, far) + 2), at, line.added()));
  }
}
