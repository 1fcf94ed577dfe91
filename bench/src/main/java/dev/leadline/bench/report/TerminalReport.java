package dev.leadline.bench.report;

import dev.leadline.bench.record.Run;
import dev.leadline.bench.report.Findings.Verdict;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.BalancerComparison.Outcome;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report for a terminal of 80 columns: ASCII only, because not every terminal has more. */
public final class TerminalReport {
  private static final int WIDTH = 80;
  private static final int MAX_PATH = 18;

  private final Report report;
  private final Ansi ansi;
  private final List<String> lines = new ArrayList<>();

  private TerminalReport(Report report, Ansi ansi) {
    this.report = report;
    this.ansi = ansi;
  }

  public static String render(Report report, Ansi ansi) {
    return new TerminalReport(report, ansi).render();
  }

  private String render() {
    Run run = report.run();
    Findings findings = report.findings();
    line(
        ansi.bold("Leadline benchmark")
            + "  %s, %s, %,d requests at once"
                .formatted(
                    run.lab().profile(),
                    ReportFormat.time(run.startedAt()),
                    run.settings().requests()));
    line("");
    findings.headline().forEach(sentence -> wrapped(sentence, true));
    wrapped(findings.answered(), false);
    run.lab().notes().forEach(note -> wrapped("Note: " + note, false));
    run.remarks().forEach(remark -> wrapped("Note: " + remark, false));
    verdicts(findings.verdicts());
    figures();
    errors();
    targets();
    cloudWatch();
    checks(findings.checks());
    return String.join("\n", lines) + "\n";
  }

  private void verdicts(List<Verdict> verdicts) {
    if (verdicts.isEmpty()) {
      return;
    }
    List<String> header = new ArrayList<>(List.of("", ""));
    verdicts.get(0).figures().forEach(c -> header.add(ReportFormat.meaning(c.figure())));
    TextTable table = new TextTable(header.size(), header);
    for (Verdict verdict : verdicts) {
      List<String> row = new ArrayList<>(List.of(path(verdict.path()), verdict.candidate()));
      verdict.figures().forEach(comparison -> row.add(outcome(comparison)));
      table.add(row);
    }
    heading("Against " + verdicts.get(0).baseline());
    List<List<String>> rows = table.padded();
    line(ansi.faint(String.join("  ", rows.get(0)).stripTrailing()));
    for (int i = 0; i < verdicts.size(); i++) {
      List<String> cells = new ArrayList<>(rows.get(i + 1));
      for (int figure = 0; figure < verdicts.get(i).figures().size(); figure++) {
        BalancerComparison comparison = verdicts.get(i).figures().get(figure);
        cells.set(figure + 2, coloured(comparison.outcome(), cells.get(figure + 2)));
      }
      line(String.join("  ", cells).stripTrailing());
    }
    wrapped(ReportFormat.rule(report.rounds()), false);
  }

  /** Shorter than in other reports: three of them must fit beside path and name. */
  private static String outcome(BalancerComparison comparison) {
    return comparison.outcome() == Outcome.NO_CLEAR_DIFFERENCE
        ? "no clear winner"
        : ReportFormat.outcome(comparison);
  }

  private String coloured(Outcome outcome, String text) {
    return switch (outcome) {
      case CANDIDATE_FASTER -> ansi.good(text);
      case BASELINE_FASTER -> ansi.bad(text);
      case NO_CLEAR_DIFFERENCE, TOO_FEW_ROUNDS -> ansi.faint(text);
    };
  }

  private void figures() {
    TextTable table =
        new TextTable(
            2,
            List.of("path", "balancer", "p50", "p90", "p99", "max", "total s", "avg ms", "failed"));
    for (CellFigures cell : report.figures().cells()) {
      table.add(
          List.of(
              path(cell.cell().path()),
              cell.cell().balancer(),
              ReportFormat.millis(cell.latency().p50Nanos()),
              ReportFormat.millis(cell.latency().p90Nanos()),
              ReportFormat.millis(cell.latency().p99Nanos()),
              ReportFormat.millis(cell.latency().maxNanos()),
              ReportFormat.seconds(cell.totalNanos().median()),
              "%.3f".formatted(cell.averageNanos() / 1e6),
              ReportFormat.count(cell.failed())));
    }
    heading("Time of a request in ms, of all rounds; total and average of the median round");
    emit(table);
    if (report.figures().failed() > 0) {
      wrapped(
          "A failed request counts as the timeout, %s s."
              .formatted(ReportFormat.seconds(report.run().settings().timeoutMillis() * 1_000_000)),
          false);
    }
  }

  private void errors() {
    if (report.figures().failed() == 0) {
      return;
    }
    heading("Failed requests");
    TextTable table = new TextTable(3, List.of("path", "balancer", "why", "requests"));
    for (CellFigures cell : report.figures().cells()) {
      cell.errors()
          .forEach(
              (why, count) ->
                  table.add(
                      List.of(
                          path(cell.cell().path()),
                          cell.cell().balancer(),
                          ascii(cut(why, 40)),
                          ReportFormat.count(count))));
    }
    emit(table);
  }

  private void targets() {
    TargetTable targets = TargetTable.of(report);
    List<String> header = new ArrayList<>(List.of("path", "balancer"));
    targets.rows().forEach(row -> header.add(ascii(row.label())));
    TextTable table = new TextTable(2, header);
    for (int column = 0; column < targets.columns().size(); column++) {
      CellFigures cell = targets.columns().get(column);
      List<String> cells =
          new ArrayList<>(List.of(path(cell.cell().path()), cell.cell().balancer()));
      for (TargetTable.Row row : targets.rows()) {
        cells.add(row.answers().get(column).map(String::valueOf).orElse(""));
      }
      table.add(cells);
    }
    List<String> cpu = new ArrayList<>(List.of("CPU %", ""));
    for (TargetTable.Row row : targets.rows()) {
      cpu.add(
          row.cpuPercent().isPresent()
              ? String.format(Locale.ROOT, "%.0f", row.cpuPercent().getAsDouble())
              : "-");
    }
    table.add(cpu);
    if (!targets.rows().isEmpty() && table.width() <= WIDTH) { // else the HTML report has it
      heading("Answers of each target, all rounds; CPU of its busiest minute");
      emit(table);
    }
  }

  private void cloudWatch() {
    heading("CloudWatch, warm-up included");
    wrapped(report.cloudWatch().detail(), false);
    if (report.cloudWatch().balancers().isEmpty()) {
      return;
    }
    TextTable table =
        new TextTable(
            1, List.of("balancer", "client sent", "RequestCount", "targets", "response time p99"));
    for (CloudWatchTable.Row row : CloudWatchTable.of(report).rows()) {
      table.add(
          List.of(
              row.balancer().name(),
              ReportFormat.count(row.sent()),
              row.requestCount().map(ReportFormat::count).orElse("not read"),
              ReportFormat.count(row.byTargets()),
              row.responseTime().get(3)));
    }
    emit(table);
  }

  private void checks(List<ValidityCheck> checks) {
    heading("Can these figures be trusted?");
    for (ValidityCheck check : checks) {
      if (check.holds()) {
        line(ansi.good("ok ") + " " + check.question());
      } else {
        line(ansi.bad("NO ") + " " + check.question());
        wrapped(check.answer(), "    ", false);
      }
    }
    line(
        ansi.faint(
            "order randomised with seed %d (--seed %d repeats it)"
                .formatted(report.run().settings().seed(), report.run().settings().seed())));
  }

  private void emit(TextTable table) {
    List<String> rows = table.lines();
    line(ansi.faint(rows.get(0)));
    rows.subList(1, rows.size()).forEach(this::line);
  }

  private void heading(String text) {
    line("");
    line(ansi.bold(text));
  }

  private void line(String text) {
    lines.add(text);
  }

  private void wrapped(String text, boolean bold) {
    wrapped(text, "", bold);
  }

  private void wrapped(String text, String indent, boolean bold) {
    StringBuilder line = new StringBuilder(indent);
    for (String word : ascii(text).split(" ", -1)) {
      if (line.length() > indent.length() && line.length() + 1 + word.length() > WIDTH) {
        line(bold ? ansi.bold(line.toString()) : line.toString());
        line = new StringBuilder(indent);
      }
      line.append(line.length() > indent.length() ? " " : "").append(word);
    }
    line(bold ? ansi.bold(line.toString()) : line.toString());
  }

  private static String path(String path) {
    return cut(path, MAX_PATH);
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 2) + "..";
  }

  /** Control characters in what a server or a file says must not steer the terminal. */
  private static String ascii(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
