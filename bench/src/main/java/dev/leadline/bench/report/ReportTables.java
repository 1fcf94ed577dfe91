package dev.leadline.bench.report;

import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Medium;

/** Every table of a report, as one medium shows it. */
public record ReportTables(
    Table verdicts,
    Table figures,
    Table failures,
    Table steps,
    Table answers,
    Table instances,
    Table paths,
    Table cloudWatch,
    Table cloudWatchCells,
    Table setup) {

  static ReportTables of(Report report, Medium medium) {
    return new ReportTables(
        VerdictTable.of(report).in(medium),
        FiguresTable.of(report).in(medium),
        FiguresTable.failures(report).in(medium),
        StepsTable.of(report).in(medium),
        TargetTables.answers(report).in(medium),
        TargetTables.instances(report).in(medium),
        TargetTables.paths(report).in(medium),
        CloudWatchTable.of(report).in(medium),
        CloudWatchCellTable.of(report).in(medium),
        SetupTable.of(report).in(medium));
  }
}
