package dev.leadline.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.report.table.Cell;
import dev.leadline.bench.stats.CellFigures;
import dev.leadline.bench.stats.DisturbanceFigures;
import dev.leadline.bench.stats.RunFigures;
import dev.leadline.bench.stats.TwoViews;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;

/**
 * Everything a report says, whatever it looks like; as JSON it is {@code report.json}.
 *
 * @param uplink what the user's machine measured beside the lab's load generator; empty without one
 * @param samples of every burst, warm-up included; not repeated in JSON
 */
@JsonPropertyOrder({"findings", "run", "figures", "uplink", "cloudWatch", "disturbances"})
public record Report(
    Run run,
    RunFigures figures,
    CloudWatchReading cloudWatch,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<DisturbanceFigures> disturbances,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<TwoViews> uplink,
    @JsonIgnore RunSamples samples) {

  public static Report of(Run run, RunSamples samples, CloudWatchReading cloudWatch) {
    return of(run, samples, cloudWatch, List.of());
  }

  /** Of a run whose targets were disturbed. */
  public static Report of(
      Run run,
      RunSamples samples,
      CloudWatchReading cloudWatch,
      List<DisturbanceRecord> disturbances) {
    return new Report(
        run,
        RunFigures.of(run, samples),
        cloudWatch,
        DisturbanceFigures.of(run, disturbances, samples),
        List.of(),
        samples);
  }

  /** The same beside what the user's machine measured. */
  Report beside(List<FarView> far) {
    return new Report(
        run, figures, cloudWatch, disturbances, TwoViews.of(run, figures, far), samples);
  }

  /** Measured rounds every cell has: fewer than planned when the run was interrupted. */
  @JsonProperty
  public int rounds() {
    return figures.cells().stream().mapToInt(cell -> cell.rounds().size()).min().orElse(0);
  }

  /** Whether a lab was measured, and not servers that were named on the command line. */
  public boolean ofLab() {
    return !run.lab().profile().equals(LabDescription.AD_HOC);
  }

  /** The title of a report that nobody gave one. */
  public String defaultTitle() {
    List<String> titles = run.lab().counting().stream().map(Report::titleOfAll).toList();
    return (ofLab() ? "FastAPI clusters behind load balancers: " : "Benchmark of ")
        + ReportFormat.list(titles);
  }

  /** Of a balancer, whatever is set on it. */
  private static String titleOfAll(Balancer balancer) {
    LabDescription.Setting setting = balancer.setting();
    return setting == null ? balancer.title() : setting.of();
  }

  /** Bursts of each cell that count for nothing. */
  public int warmUpsOfEachCell() {
    int warmUps = run.settings().warmUps();
    return run.lab().switched() ? warmUps * run.settings().rounds() : warmUps;
  }

  /** What limits the figures: what the lab says of itself, and what is to be known of its kinds. */
  public List<String> notes() {
    return Stream.concat(run.lab().notes().stream(), Caveats.of(this).stream()).toList();
  }

  /** The day the run was made, in UTC as all its times. */
  public LocalDate day() {
    return LocalDate.ofInstant(run.startedAt(), ZoneOffset.UTC);
  }

  /** What pictures call a balancer: its name, where titles would say the same again and again. */
  String title(String balancer) {
    return run.lab().switched() ? balancer : run.lab().balancer(balancer).title();
  }

  /** The cells of the balancers that are compared: without those of the control. */
  public List<CellFigures> comparedCells() {
    List<String> names = run.lab().compared().stream().map(Balancer::name).toList();
    return figures.cells().stream().filter(c -> names.contains(c.cell().balancer())).toList();
  }

  /** The number of a balancer's colour, the same in every picture, whatever was measured. */
  int colour(String balancer) {
    return run.lab().balancers().indexOf(run.lab().balancer(balancer));
  }

  /** The name of a balancer, in its colour. */
  Cell balancerCell(String name) {
    Balancer balancer = run.lab().balancer(name);
    String title = balancer.title().equalsIgnoreCase(name) ? "" : balancer.title();
    return Cell.of(name).withDetail(title).ofSeries(colour(name));
  }

  /** What the figures mean, in plain words. */
  @JsonProperty
  public Findings findings() {
    return Findings.of(this);
  }
}
