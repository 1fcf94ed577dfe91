package dev.leadline.bench.stats;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.record.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * One figure of a cell, measured at both ends of the user's uplink.
 *
 * @param nearNanos as the lab's load generator measured it
 * @param farNanos as the user's machine measured it
 */
public record TwoViews(Cell cell, Figure figure, long nearNanos, long farNanos) {

  /** The figures of every cell that both have, without those of the control. */
  public static List<TwoViews> of(Run run, RunFigures near, List<FarView> far) {
    List<TwoViews> views = new ArrayList<>();
    for (CellFigures it : near.cells()) {
      Cell cell = it.cell();
      if (run.lab().balancer(cell.balancer()).control() != null) {
        continue;
      }
      for (FarView other : far) {
        if (cell.equals(new Cell(other.path(), other.balancer()))) {
          Latency latency = it.latency();
          views.add(new TwoViews(cell, Figure.P50, latency.p50Nanos(), other.p50Nanos()));
          views.add(new TwoViews(cell, Figure.P99, latency.p99Nanos(), other.p99Nanos()));
          views.add(new TwoViews(cell, Figure.TOTAL, it.totalNanos().median(), other.totalNanos()));
        }
      }
    }
    return views;
  }

  /** What the uplink adds; below zero where chance takes away more. */
  @JsonProperty
  public long addedNanos() {
    return farNanos - nearNanos;
  }
}
