package dev.leadline.bench.report;

import dev.leadline.bench.record.Run;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Medium;
import java.util.ArrayList;
import java.util.List;

/** The report for a terminal. */
public final class TerminalReport {
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
    lines.add(
        ansi.bold("Leadline benchmark")
            + "  %s, %s, %s"
                .formatted(
                    run.lab().profile(),
                    ReportFormat.time(run.startedAt()),
                    run.settings().load().summary()));
    lines.add("");
    findings
        .headline()
        .forEach(it -> TerminalText.wrapped(it, "").forEach(line -> lines.add(ansi.bold(line))));
    wrapped(findings.answered());
    report.notes().forEach(note -> wrapped("Note: " + note));
    run.remarks().forEach(remark -> wrapped("Note: " + remark));
    ReportTables tables = ReportTables.of(report, Medium.TERMINAL);
    table(tables.verdicts());
    table(tables.methods());
    table(tables.figures());
    table(tables.uplink());
    table(tables.stages());
    table(tables.failures());
    table(tables.steps());
    table(tables.disturbances());
    table(tables.answers());
    table(tables.cloudWatch());
    table(tables.cloudWatchCells());
    checks(findings.checks());
    return String.join("\n", lines) + "\n";
  }

  private void table(Table table) {
    if (table.isEmpty()) {
      return;
    }
    heading(table.title());
    TextTable text = new TextTable(table, TerminalText.WIDTH, ansi);
    if (text.width() > TerminalText.WIDTH) {
      lines.add("(too wide for %d columns: see report.html)".formatted(TerminalText.WIDTH));
    } else if (!table.rows().isEmpty()) {
      lines.addAll(text.lines());
    }
    table.notes().forEach(note -> wrapped(note));
  }

  private void checks(List<ValidityCheck> checks) {
    heading("Can these figures be trusted?");
    for (ValidityCheck check : checks) {
      lines.add((check.holds() ? ansi.good("ok ") : ansi.bad("NO ")) + " " + check.question());
      if (!check.holds()) {
        lines.addAll(TerminalText.wrapped(check.answer(), "    "));
      }
    }
    lines.add(
        ansi.faint(
            "order drawn with seed %d (--seed %d repeats it)"
                .formatted(report.run().settings().seed(), report.run().settings().seed())));
  }

  private void heading(String text) {
    lines.add("");
    lines.add(ansi.bold(TerminalText.ascii(text)));
  }

  private void wrapped(String text) {
    lines.addAll(TerminalText.wrapped(text, ""));
  }
}
