package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Where metrics are read from: CloudWatch, or a script in a test. */
public interface StatisticsReader extends AutoCloseable {

  /**
   * Reads whole minutes.
   *
   * @param from beginning of the first minute
   * @param to end of the last minute
   * @return for each query its values by minute; empty where there are none
   * @throws UnreadableException when there is no answer, or one that is an error
   * @throws InterruptedException when the thread was interrupted meanwhile
   */
  Map<MetricStatistic, SortedMap<Instant, Double>> read(
      List<MetricStatistic> queries, Instant from, Instant to)
      throws UnreadableException, InterruptedException;

  /**
   * The target groups a metric is published for.
   *
   * @return the scope with dimension TargetGroup added, for each of them
   */
  List<MetricScope> targetGroups(MetricScope scope, String metric)
      throws UnreadableException, InterruptedException;

  /**
   * What must be added to this machine's clock for that of CloudWatch, by the answers so far; zero
   * if the difference is too small to be measured.
   */
  default Duration clockOffset() {
    return Duration.ZERO;
  }

  @Override
  void close();

  /** There is nothing to read; the message says why and what helps, without a full stop. */
  final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean passing;

    /**
     * @param passing whether it may be read later, without anybody's doing
     */
    public UnreadableException(String message, boolean passing) {
      super(message);
      this.passing = passing;
    }

    public UnreadableException(String message) {
      this(message, false);
    }

    public boolean isPassing() {
      return passing;
    }
  }
}
