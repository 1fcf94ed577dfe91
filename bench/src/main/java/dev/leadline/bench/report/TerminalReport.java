package dev.leadline.bench.report;

import dev.leadline.bench.record.Run;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.RunFigures;
import java.util.Locale;

/** The report for a terminal of 80 columns. */
public final class TerminalReport {
  private final Run run;
  private final RunFigures figures;

  public TerminalReport(Run run, RunFigures figures) {
    this.run = run;
    this.figures = figures;
  }

  public String render() {
    StringBuilder out = new StringBuilder();
    out.append(
        "%-11s%-11s%8s%8s%8s%8s%9s%8s%7s%n"
            .formatted("path", "balancer", "p50", "p90", "p99", "max", "total", "avg", "failed"));
    for (CellFigures cell : figures.cells()) {
      out.append(
          "%-11s%-11s%8s%8s%8s%8s%9s%8s%7d%n"
              .formatted(
                  cell.cell().path(),
                  cell.cell().balancer(),
                  ms(cell.latency().p50Nanos()),
                  ms(cell.latency().p90Nanos()),
                  ms(cell.latency().p99Nanos()),
                  ms(cell.latency().maxNanos()),
                  ms(cell.totalNanos().median()),
                  "%.2f".formatted(cell.totalNanos().median() / 1e6 / run.settings().requests()),
                  cell.failed()));
    }
    return out.toString();
  }

  private static String ms(long nanos) {
    return String.format(Locale.ROOT, "%,.0f", nanos / 1e6);
  }
}
