package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.aws.AwsException;
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
   * @throws AwsException when there is no answer, or one that is an error
   * @throws InterruptedException when the thread was interrupted meanwhile
   */
  Map<MetricStatistic, SortedMap<Instant, Double>> read(
      List<MetricStatistic> queries, Instant from, Instant to)
      throws AwsException, InterruptedException;

  /**
   * The target groups a metric is published for.
   *
   * @return the scope with dimension TargetGroup added, for each of them
   */
  List<MetricScope> targetGroups(MetricScope scope, String metric)
      throws AwsException, InterruptedException;

  /**
   * What must be added to this machine's clock for that of CloudWatch, by the answers so far; zero
   * if the difference is too small to be measured.
   */
  default Duration clockOffset() {
    return Duration.ZERO;
  }

  @Override
  void close();
}
