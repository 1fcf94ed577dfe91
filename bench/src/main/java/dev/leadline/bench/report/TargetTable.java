package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who answered: a row for each target, a column for each cell. */
public record TargetTable(List<CellFigures> columns, List<Row> rows) {

  /**
   * One target.
   *
   * @param answers in the order of the columns; empty where the target does not serve the path
   * @param cpuPercent of its busiest minute, as CloudWatch has it
   */
  public record Row(
      String id,
      String label,
      String kind,
      List<Optional<Integer>> answers,
      OptionalDouble cpuPercent) {

    /** Label and kind: {@code 3 t2.large}. */
    public String title() {
      return kind.isEmpty() ? label : label + " " + kind;
    }
  }

  static TargetTable of(Report report) {
    LabDescription lab = report.run().lab();
    List<CellFigures> cells = report.figures().cells();
    Set<String> ids = new LinkedHashSet<>();
    lab.targets().forEach(target -> ids.add(target.id()));
    cells.forEach(cell -> ids.addAll(cell.perTarget().keySet()));
    List<Row> rows = new ArrayList<>();
    for (String id : ids) {
      LabDescription.@Nullable Target target = lab.target(id);
      rows.add(
          new Row(
              id,
              target == null ? shorten(id) : Integer.toString(target.number()),
              target == null || target.type() == null ? "" : target.type(),
              answers(lab, cells, id),
              cpu(report, id)));
    }
    return new TargetTable(cells, rows);
  }

  private static List<Optional<Integer>> answers(
      LabDescription lab, List<CellFigures> cells, String id) {
    List<Optional<Integer>> answers = new ArrayList<>();
    for (CellFigures cell : cells) {
      Integer count = cell.perTarget().get(id);
      boolean serves =
          lab.paths().stream()
              .filter(path -> path.path().equals(cell.cell().path()))
              .anyMatch(path -> path.targets().isEmpty() || path.targets().contains(id));
      answers.add(
          count == null && !serves
              ? Optional.empty()
              : Optional.of(Objects.requireNonNullElse(count, 0)));
    }
    return answers;
  }

  private static OptionalDouble cpu(Report report, String id) {
    return report.cloudWatch().targets().stream()
        .filter(target -> target.id().equals(id))
        .map(TargetReading::cpuPercent)
        .flatMap(points -> points.values().stream())
        .mapToDouble(Double::doubleValue)
        .max();
  }

  /** Instance ids differ in their last digits. */
  private static String shorten(String id) {
    return id.length() <= 12 ? id : ".." + id.substring(id.length() - 10);
  }
}
