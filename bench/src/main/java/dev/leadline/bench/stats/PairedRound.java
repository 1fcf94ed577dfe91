package dev.leadline.bench.stats;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A figure of candidate and baseline in a round in which both were measured.
 *
 * @param number of the round, from 1
 * @param baseline its cells: one, or two where the control was measured as well
 */
record PairedRound(int number, LogQuantile candidate, List<LogQuantile> baseline) {

  /** Logarithms of the figure: the candidate's first, then those of the baseline's cells. */
  double[] logs() {
    double[] logs = new double[1 + baseline.size()];
    logs[0] = candidate.measured();
    for (int i = 0; i < baseline.size(); i++) {
      logs[1 + i] = baseline.get(i).measured();
    }
    return logs;
  }

  /** Logarithm of the candidate's figure over the geometric mean of the baseline's. */
  double logRatio() {
    double sum = 0;
    for (LogQuantile cell : baseline) {
      sum += cell.measured();
    }
    return candidate.measured() - sum / baseline.size();
  }

  /** How far this would be from its mean if the requests were drawn anew. */
  double drawnDeviation(RandomGenerator random) {
    double sum = 0;
    for (LogQuantile cell : baseline) {
      sum += cell.drawnDeviation(random);
    }
    return candidate.drawnDeviation(random) - sum / baseline.size();
  }

  /** The variance of these deviations. */
  double requestVariance() {
    double sum = 0;
    for (LogQuantile cell : baseline) {
      sum += cell.variance();
    }
    return candidate.variance() + sum / baseline.size() / baseline.size();
  }
}
