package dev.leadline.bench.report;

import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.report.table.Cell.Style;
import dev.leadline.bench.report.table.Table;
import dev.leadline.bench.report.table.Table.Column;
import dev.leadline.bench.report.table.Table.Medium;
import dev.leadline.bench.report.table.Table.Row;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The targets, and who answered how many requests. */
final class TargetTables {
  private TargetTables() {}

  /** The instances as the lab file lists them. */
  static Table instances(Report report) {
    List<Row> rows = new ArrayList<>();
    for (LabDescription.Target target : report.run().lab().targets()) {
      rows.add(
          Row.of(
              Cell.of(Integer.toString(target.number())),
              Cell.code(target.id()),
              optional(target.type()),
              optional(target.cluster()),
              optional(target.address()),
              optional(target.state())));
    }
    return new Table(
        "The instances",
        List.of(),
        List.of(
            Column.right("No."),
            Column.left("Instance"),
            Column.left("Type"),
            Column.left("Cluster"),
            Column.left("Address"),
            Column.left("State")),
        rows);
  }

  /** Which instances may answer each path. */
  static Table paths(Report report) {
    List<Row> rows = new ArrayList<>();
    for (LabDescription.MeasuredPath path : report.run().lab().paths()) {
      List<String> targets =
          path.targets().stream()
              .map(
                  id -> {
                    LabDescription.@Nullable Target target = report.run().lab().target(id);
                    return target == null ? id : target.title();
                  })
              .toList();
      rows.add(
          Row.of(
              Cell.code(path.path()),
              Cell.of(targets.isEmpty() ? "not known to this run" : String.join(", ", targets))));
    }
    return new Table(
        "The paths",
        List.of(),
        List.of(Column.left("Path"), Column.wrapped("Instances that answer")),
        rows);
  }

  /** A row for each cell, a column for each target. Without rows when no target is known. */
  static Table answers(Report report) {
    List<TargetAnswers> targets = TargetAnswers.of(report);
    List<Column> columns = new ArrayList<>(List.of(Column.left("Path"), Column.left("Balancer")));
    targets.forEach(
        target -> columns.add(Column.right(Cell.of(target.label()).withDetail(target.kind()))));
    List<Row> rows = new ArrayList<>();
    if (!targets.isEmpty()) {
      for (CellFigures figures : report.figures().cells()) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.code(figures.cell().path()));
        cells.add(report.balancerCell(figures.cell().balancer()));
        for (TargetAnswers target : targets) {
          OptionalInt count = target.answers(figures);
          cells.add(Cell.of(count.isPresent() ? Integer.toString(count.getAsInt()) : ""));
        }
        rows.add(new Row(cells, Medium.TERMINAL));
      }
      List<Cell> cpu = new ArrayList<>(List.of(Cell.of("CPU %"), Cell.of("")));
      for (TargetAnswers target : targets) {
        cpu.add(
            target.cpuPercent().isPresent()
                ? Cell.of(ReportFormat.count(Math.round(target.cpuPercent().getAsDouble())))
                : Cell.of("-").as(Style.FAINT));
      }
      rows.add(new Row(cpu, Medium.TERMINAL));
    }
    return new Table(
        "Requests that each target answered",
        rows.isEmpty()
            ? List.of()
            : List.of("All measured rounds; CPU is that of the busiest minute, from CloudWatch."),
        columns,
        rows);
  }

  private static Cell optional(@Nullable String text) {
    return Cell.of(Objects.requireNonNullElse(text, ""));
  }
}
