package dev.leadline.bench.report;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Figure;
import dev.leadline.bench.stats.SeparateRuns;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What two runs show side by side, for a terminal. */
public final class ComparisonReport {
  private final Report first;
  private final Report second;
  private final SeparateRuns runs;
  private final Ansi ansi;
  private final List<String> lines = new ArrayList<>();

  private ComparisonReport(Report first, Report second, Ansi ansi) {
    this.first = first;
    this.second = second;
    this.ansi = ansi;
    this.runs =
        SeparateRuns.of(
            first.comparedCells(),
            second.comparedCells(),
            second.run().settings().smallestDifference(),
            second.run().settings().seed());
  }

  /**
   * Compares the second run with the first.
   *
   * @throws BenchException when they were not made in the same way, or have no cell in common
   */
  public static ComparisonReport of(Report first, Report second, Ansi ansi) {
    checkSame(
        "the load",
        first.run().settings().load().summary(),
        second.run().settings().load().summary());
    checkSame(
        "connections",
        connections(first.run().settings().load()),
        connections(second.run().settings().load()));
    checkSame("what is sent", sent(first), sent(second));
    checkSame(
        "timeout in ms",
        first.run().settings().timeoutMillis(),
        second.run().settings().timeoutMillis());
    checkSame(
        "connections opened before a burst",
        first.run().settings().preConnected(),
        second.run().settings().preConnected());
    ComparisonReport report = new ComparisonReport(first, second, ansi);
    if (report.runs.comparisons().isEmpty()) {
      throw BenchException.usage(
          "the runs have no path through a balancer of the same name in common: the first has %s, the second %s"
              .formatted(cells(first), cells(second)));
    }
    return report;
  }

  private static String connections(Load load) {
    return "%d, each used %s, %d requests at once on each"
        .formatted(load.connections(), load.reuse() ? "again" : "once", load.streams());
  }

  private static String sent(Report report) {
    Run.HttpRecord http = report.run().settings().http();
    return http == null
        ? "GET over HTTP/1.1"
        : "%s over HTTP/%s with %d bytes, success by %s"
            .formatted(http.method(), http.version(), http.bodyBytes(), http.expected());
  }

  /** A figure of unlike loads is no figure of the servers. */
  private static void checkSame(String what, Object first, Object second) {
    if (!first.equals(second)) {
      throw BenchException.usage(
          "the runs cannot be compared: %s is %s in the first and %s in the second"
              .formatted(what, first, second));
    }
  }

  public List<BalancerComparison> comparisons() {
    return runs.comparisons();
  }

  public String render() {
    lines.add(ansi.bold("Two runs compared"));
    lines.add("first:  " + described(first));
    lines.add("second: " + described(second));
    warn("first", first);
    warn("second", second);
    Set<String> balancers = new LinkedHashSet<>();
    runs.comparisons().forEach(comparison -> balancers.add(comparison.candidate()));
    for (String balancer : balancers) {
      table(balancer);
    }
    lines.add("");
    wrapped(
        "Two separate runs differ by more than the balancer: by their time, and by what else the"
            + " machines and the network did then. A difference shown here may come from those. To"
            + " rule that out, measure both in one run, whose rounds are mixed: bench run"
            + " --balancer before=URL --balancer after=URL.");
    wrapped(
        ("A difference is shown when an exact test finds it, which deals the rounds of both runs"
                + " anew, and when it may be as large as %s. The intervals have 95%%.")
            .formatted(ReportFormat.percent(second.run().settings().smallestDifference())));
    if (!runs.onlyFirst().isEmpty() || !runs.onlySecond().isEmpty()) {
      runs.onlyFirst().forEach(cell -> wrapped("Only in the first run: " + cell + "."));
      runs.onlySecond().forEach(cell -> wrapped("Only in the second run: " + cell + "."));
    }
    return String.join("\n", lines) + "\n";
  }

  private void warn(String which, Report report) {
    if (report.figures().failed() > 0) {
      wrapped(
          "In the %s run: %s A failed request counts as the timeout."
              .formatted(which, Findings.answered(report.figures())));
    }
    if (ControlCheck.differs(report.figures())) {
      wrapped("In the %s run: %s".formatted(which, ControlCheck.WARNING));
    }
  }

  private void table(String balancer) {
    List<Row> rows = new ArrayList<>();
    List<BalancerComparison> own =
        runs.comparisons().stream().filter(c -> c.candidate().equals(balancer)).toList();
    int figures = Figure.values().length;
    for (int i = 0; i < own.size(); i += figures) {
      List<Cell> cells = new ArrayList<>();
      cells.add(Cell.code(own.get(i).path()));
      own.subList(i, i + figures).forEach(c -> cells.add(VerdictTable.cell(c)));
      rows.add(new Row(cells, Medium.TERMINAL));
    }
    List<Column> columns = new ArrayList<>(List.of(Column.left("Path")));
    for (Figure figure : Figure.values()) {
      columns.add(Column.left(VerdictTable.meaning(figure)));
    }
    lines.add("");
    lines.add(ansi.bold("%s in the second run, against the first".formatted(balancer)));
    lines.addAll(
        new TextTable(new Table(balancer, List.of(), columns, rows), TerminalText.WIDTH, ansi)
            .lines());
  }

  private static String described(Report report) {
    Run run = report.run();
    return String.format(
        Locale.ROOT,
        "%s, %s, %d rounds of %s, bench %s",
        run.lab().profile(),
        ReportFormat.time(run.startedAt()),
        report.rounds(),
        run.settings().load().summary(),
        run.benchVersion());
  }

  private static String cells(Report report) {
    return ReportFormat.list(
        report.comparedCells().stream().map(cell -> cell.cell().toString()).toList());
  }

  private void wrapped(String text) {
    lines.addAll(TerminalText.wrapped(text, ""));
  }
}
