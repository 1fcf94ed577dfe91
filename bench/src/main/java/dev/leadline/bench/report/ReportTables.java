package dev.leadline.bench.report;

import dev.leadline.bench.report.language.Translation;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.title.Language;
import java.util.function.UnaryOperator;

/** Every table of a report, as one medium shows it. */
public record ReportTables(
    Table verdicts,
    Table methods,
    Table figures,
    Table uplink,
    Table stages,
    Table failures,
    Table steps,
    Table disturbances,
    Table answers,
    Table instances,
    Table paths,
    Table cloudWatch,
    Table cloudWatchCells,
    Table cloudWatchGroups,
    Table cloudWatchTargets,
    Table cloudWatchTargetCells,
    Table setup) {
  static ReportTables of(Report report, Medium medium) {
    return of(report, medium, Translation.to(Language.EN));
  }

  static ReportTables of(Report report, Medium medium, Translation translation) {
    UnaryOperator<Table> shown = table -> table.in(medium).translated(translation::text);
    return new ReportTables(
        shown.apply(VerdictTable.of(report)),
        shown.apply(AssignmentMethods.of(report)),
        shown.apply(FiguresTable.of(report)),
        shown.apply(Uplink.table(report)),
        shown.apply(FiguresTable.stages(report)),
        shown.apply(FiguresTable.failures(report)),
        shown.apply(StepsTable.of(report)),
        shown.apply(Disturbances.table(report)),
        shown.apply(TargetTables.answers(report)),
        shown.apply(TargetTables.instances(report)),
        shown.apply(TargetTables.paths(report)),
        shown.apply(CloudWatchTable.of(report)),
        shown.apply(CloudWatchCellTable.of(report)),
        shown.apply(CloudWatchGroupTable.of(report)),
        shown.apply(CloudWatchTargetTable.of(report)),
        shown.apply(CloudWatchCellTable.targets(report)),
        shown.apply(SetupTable.of(report)));
  }
}
