package dev.leadline.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.stats.RunFigures;

/**
 * Everything a report says, whatever it looks like; as JSON it is {@code report.json}.
 *
 * @param samples of every burst, warm-up included; not repeated in JSON
 */
@JsonPropertyOrder({"findings", "run", "figures", "cloudWatch"})
public record Report(
    Run run, RunFigures figures, CloudWatchReading cloudWatch, @JsonIgnore RunSamples samples) {

  public static Report of(Run run, RunSamples samples, CloudWatchReading cloudWatch) {
    return new Report(run, RunFigures.of(run, samples), cloudWatch, samples);
  }

  /** Measured rounds every cell has: fewer than planned when the run was interrupted. */
  @JsonProperty
  public int rounds() {
    return figures.cells().stream().mapToInt(cell -> cell.rounds().size()).min().orElse(0);
  }

  /** The name of a balancer, in its colour. */
  Cell balancerCell(String name) {
    Balancer balancer = run.lab().balancer(name);
    String title = balancer.title().equalsIgnoreCase(name) ? "" : balancer.title();
    return Cell.of(name).withDetail(title).ofSeries(run.lab().balancers().indexOf(balancer));
  }

  /** What the figures mean, in plain words. */
  @JsonProperty
  public Findings findings() {
    return Findings.of(this);
  }
}
