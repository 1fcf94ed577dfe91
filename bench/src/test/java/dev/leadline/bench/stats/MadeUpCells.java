package dev.leadline.bench.stats;

import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.Run.BurstRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/** Cells with made-up bursts, for tests of verdicts. */
final class MadeUpCells {
  private static final StageTimes NO_STAGES = new StageTimes();

  private final int requests;
  private final RandomGenerator random;

  MadeUpCells(int requests, RandomGenerator random) {
    this.requests = requests;
    this.random = random;
  }

  /**
   * A cell whose bursts are served as a queue is: the last request waits five times as long as the
   * first, and each a little longer or shorter.
   *
   * @param factor by which all latencies of a round are longer, rounds counted from 1
   */
  CellFigures cell(String balancer, int rounds, IntToDoubleFunction factor) {
    List<BurstFigures> bursts = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      double longer = factor.applyAsDouble(round);
      if (longer > 0) {
        bursts.add(burst(new Cell("/p", balancer), round, longer));
      }
    }
    return CellFigures.of(new Cell("/p", balancer), bursts);
  }

  private BurstFigures burst(Cell cell, int round, double longer) {
    long[] nanos = new long[requests];
    for (int i = 0; i < requests; i++) {
      double millis = 20 + 80.0 * i / requests + 2 * random.nextDouble();
      nanos[i] = Math.round(millis * longer * 1e6);
    }
    Percentiles latencies = new Percentiles(nanos);
    return new BurstFigures(
        new BurstRecord(
            Phase.MEASURED,
            round,
            cell.path(),
            cell.balancer(),
            Instant.EPOCH,
            requests,
            requests,
            List.of(),
            requests),
        requests,
        0,
        Latency.of(latencies),
        latencies.max(),
        latencies.max(),
        0,
        0,
        latencies,
        new Answers.Counter().counted(),
        NO_STAGES);
  }
}
