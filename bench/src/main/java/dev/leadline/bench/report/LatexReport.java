package dev.leadline.bench.report;

/** The report as LaTeX. */
public final class LatexReport {
  private LatexReport() {}

  public static String render(Report report) {
    return "";
  }
}
