package dev.leadline.bench.report.latex;

import dev.leadline.bench.stats.Percentiles;
import java.util.Locale;
import java.util.SortedMap;

/**
 * Percentile curves in LaTeX's picture environment, which every installation has. It knows few
 * slopes, so curves are steps: which is what the distribution of finitely many requests is.
 */
public final class LatexFigure {
  private static final double WIDTH = 62;
  private static final double HEIGHT = 44;
  private static final int POINTS = 90;
  private static final int TICKS = 4;
  private static final double[] LABELLED = {50, 90, 99, 99.9};

  private LatexFigure() {}

  /**
   * Draws curves in colours {@code balancerA}, {@code balancerB}, ... in millimetres.
   *
   * @param curves by the index of their balancer in the lab
   */
  public static String percentiles(SortedMap<Integer, Percentiles> curves) {
    double maxMillis =
        Math.max(
            1e-3, curves.values().stream().mapToLong(Percentiles::max).max().orElseThrow() / 1e6);
    double decades =
        Math.max(
            0.5,
            Math.log10(curves.values().stream().mapToInt(Percentiles::size).max().orElseThrow()));
    StringBuilder out = new StringBuilder();
    out.append("\\setlength{\\unitlength}{1mm}\\begin{picture}(76,56)(-12,-9)\n");
    out.append("\\put(0,0){\\line(1,0){").append(number(WIDTH)).append("}}\n");
    out.append("\\put(0,0){\\line(0,1){").append(number(HEIGHT)).append("}}\n");
    double step = step(maxMillis);
    for (double tick = 0; tick <= maxMillis * 1.0001; tick += step) {
      double y = tick / maxMillis * HEIGHT;
      out.append(
          "\\put(-1,%s){\\line(1,0){1}}\\put(-2,%s){\\makebox(0,0)[r]{\\scriptsize %s}}\n"
              .formatted(number(y), number(y), label(tick)));
    }
    for (double percent : LABELLED) {
      double decade = -Math.log10(1 - percent / 100);
      if (decade <= decades) {
        double x = decade / decades * WIDTH;
        out.append(
            "\\put(%s,-1){\\line(0,1){1}}\\put(%s,-4){\\makebox(0,0){\\scriptsize p%s}}\n"
                .formatted(number(x), number(x), label(percent)));
      }
    }
    out.append("\\put(0,47){\\makebox(0,0)[l]{\\scriptsize ms}}\n");
    curves.forEach(
        (balancer, curve) -> steps(out, curve, decades, maxMillis, LatexTable.colour(balancer)));
    // An end of line is a space, and a space moves what follows: LaTeX must not see any.
    return out.append("\\end{picture}").toString().replace("\n", "%\n");
  }

  private static void steps(
      StringBuilder out, Percentiles values, double decades, double maxMillis, String colour) {
    double width = Math.log10(values.size()) / decades * WIDTH / POINTS;
    out.append("{\\color{").append(colour).append("}\\linethickness{0.4mm}\n");
    double before = 0;
    for (int i = 0; i < POINTS; i++) {
      double decade = Math.log10(values.size()) * (i + 1) / POINTS;
      double percent = Math.min(100, Math.max(1e-9, 100 * (1 - Math.pow(10, -decade))));
      long nanos = i == POINTS - 1 ? values.max() : values.at(percent);
      double y = nanos / 1e6 / maxMillis * HEIGHT;
      double x = i * width;
      if (i > 0 && y - before >= 0.01) {
        out.append(
            "\\put(%s,%s){\\line(0,1){%s}}"
                .formatted(number(x), number(before), number(y - before)));
      }
      out.append("\\put(%s,%s){\\line(1,0){%s}}\n".formatted(number(x), number(y), number(width)));
      before = y;
    }
    out.append("}\n");
  }

  static double step(double max) {
    double power = Math.pow(10, Math.floor(Math.log10(max / TICKS)));
    for (double candidate : new double[] {1, 2, 5}) {
      if (candidate * power >= max / TICKS) {
        return candidate * power;
      }
    }
    return 10 * power;
  }

  static String label(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : Double.toString(Math.round(value * 1000) / 1000.0);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
