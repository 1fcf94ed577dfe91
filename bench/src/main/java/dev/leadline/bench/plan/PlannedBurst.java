package dev.leadline.bench.plan;

/**
 * One burst of the plan.
 *
 * @param round counted from 1 within its phase
 */
public record PlannedBurst(Phase phase, int round, Cell cell) {
  @Override
  public String toString() {
    return "%s round %d of %s".formatted(phase.label(), round, cell);
  }
}
