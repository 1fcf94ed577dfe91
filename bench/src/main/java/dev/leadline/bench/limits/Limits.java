package dev.leadline.bench.limits;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.CellFigures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The limits that somebody set.
 *
 * @param slos on figures
 * @param changes on differences
 */
public record Limits(List<Slo> slos, List<ChangeLimit> changes) {

  public Limits {
    slos = List.copyOf(slos);
    changes = List.copyOf(changes);
  }

  public boolean isEmpty() {
    return slos.isEmpty() && changes.isEmpty();
  }

  /**
   * Checks that every limit is on something.
   *
   * @param balancers that are measured
   * @param compared those of them that are compared with another
   * @throws BenchException naming the limit that nothing could break
   */
  public void check(Collection<String> balancers, Collection<String> compared) {
    for (Slo slo : slos) {
      if (slo.balancer() != null && !balancers.contains(slo.balancer())) {
        throw BenchException.usage(
            "--slo '%s': no balancer is named %s, but %s"
                .formatted(slo.text(), slo.balancer(), String.join(", ", balancers)));
      }
    }
    for (ChangeLimit change : changes) {
      if (compared.isEmpty()) {
        throw BenchException.usage(
            "--fail-if '%s': nothing is compared, because one balancer is measured; --slo limits its figures"
                .formatted(change.text()));
      }
      if (change.balancer() != null && !compared.contains(change.balancer())) {
        throw BenchException.usage(
            "--fail-if '%s': %s is not compared with another, but %s"
                .formatted(change.text(), change.balancer(), String.join(", ", compared)));
      }
    }
  }

  /** Every limit on every cell and comparison it is for. */
  public List<Judgement> judge(List<CellFigures> cells, List<BalancerComparison> comparisons) {
    List<Judgement> judgements = new ArrayList<>();
    for (Slo slo : slos) {
      cells.stream().filter(slo::isFor).map(slo::judge).forEach(judgements::add);
    }
    for (ChangeLimit change : changes) {
      comparisons.stream().filter(change::isFor).map(change::judge).forEach(judgements::add);
    }
    return judgements;
  }
}
