package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading.TargetReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.stats.CellFigures;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One target and what it answered.
 *
 * @param label its number, or the end of its instance id where the lab file does not list it
 * @param kind its instance type; may be empty
 * @param cpuPercent of its busiest minute, as CloudWatch has it
 */
record TargetAnswers(
    Report report, String id, String label, String kind, OptionalDouble cpuPercent) {

  /** The targets of the lab, then those that answered although the lab does not list them. */
  static List<TargetAnswers> of(Report report) {
    Set<String> ids = new LinkedHashSet<>();
    report.run().lab().targets().forEach(target -> ids.add(target.id()));
    report.figures().cells().forEach(cell -> ids.addAll(cell.perTarget().keySet()));
    return ids.stream().map(id -> of(report, id)).toList();
  }

  private static TargetAnswers of(Report report, String id) {
    LabDescription.@Nullable Target target = report.run().lab().target(id);
    return new TargetAnswers(
        report,
        id,
        target == null ? shorten(id) : Integer.toString(target.number()),
        target == null || target.type() == null ? "" : target.type(),
        report.cloudWatch().targets().stream()
            .filter(reading -> reading.id().equals(id))
            .map(TargetReading::cpuPercent)
            .flatMap(points -> points.values().stream())
            .mapToDouble(Double::doubleValue)
            .max());
  }

  /** Label and kind: {@code 3 t2.large}. */
  String title() {
    return kind.isEmpty() ? label : label + " " + kind;
  }

  /** Requests of a cell it answered; empty where it does not serve the path and did not answer. */
  OptionalInt answers(CellFigures figures) {
    Cell cell = figures.cell();
    Integer count = figures.perTarget().get(id);
    boolean serves =
        report.run().lab().paths().stream()
            .filter(path -> path.path().equals(cell.path()))
            .anyMatch(path -> path.targets().isEmpty() || path.targets().contains(id));
    return count == null && !serves
        ? OptionalInt.empty()
        : OptionalInt.of(Objects.requireNonNullElse(count, 0));
  }

  /** Instance ids differ in their last digits. */
  private static String shorten(String id) {
    return id.length() <= 12 ? id : ".." + id.substring(id.length() - 10);
  }
}
