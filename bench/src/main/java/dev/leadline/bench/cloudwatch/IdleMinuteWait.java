package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.progress.RunProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Waits for a clock minute without requests. CloudWatch counts by the minute, so requests of an
 * earlier run in the same minute would be counted as this run's.
 */
public final class IdleMinuteWait {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final StatisticsReader source;
  private final MinuteClock minutes;
  private final Duration publication;
  private final Duration limit;

  /**
   * Prepares to wait.
   *
   * @param publication how far into a new minute other clients' requests in it would show
   * @param limit after which the run begins all the same
   */
  public IdleMinuteWait(
      StatisticsReader source, MinuteClock minutes, Duration publication, Duration limit) {
    this.source = source;
    this.minutes = minutes;
    this.publication = publication;
    this.limit = limit;
  }

  /**
   * Returns at once when CloudWatch shows no request in this minute, otherwise in the first minute
   * that shows none. Earlier minutes do not matter: figures are read from the minute of the first
   * burst on.
   *
   * @return remarks a reader of the report must know; empty when the minute was idle
   */
  public List<String> await(LabDescription lab, RunProgress progress) throws InterruptedException {
    List<MetricStatistic> queries =
        lab.counting().stream()
            .map(Balancer::cloudwatch)
            .flatMap(Stream::ofNullable)
            .flatMap(scope -> Published.requestCount(scope).stream())
            .toList();
    List<String> remarks = new ArrayList<>();
    Instant deadline = minutes.now().plus(limit);
    try {
      Instant current = MinuteClock.of(minutes.nowInCloudWatch());
      double seen = requests(queries, current, current.plus(MINUTE));
      Duration ahead = source.clockOffset();
      if (!ahead.isZero()) {
        minutes.follow(ahead);
        remarks.add(
            String.format(
                Locale.ROOT,
                "The clock of this machine is %.1f s %s that of CloudWatch; minutes were chosen by the latter.",
                ahead.abs().toMillis() / 1e3,
                ahead.isNegative() ? "ahead of" : "behind"));
        current = MinuteClock.of(minutes.nowInCloudWatch());
        seen = requests(queries, current, current.plus(MINUTE));
      }
      if (seen > 0) {
        progress.note(
            "CloudWatch shows %,.0f requests in this clock minute; waiting for the next, so that they are not counted as this run's"
                .formatted(seen));
      }
      while (seen > 0) {
        if (!minutes.now().isBefore(deadline)) {
          remarks.add(
              "Other clients used the balancers in every minute of the wait, so CloudWatch's counts include their requests.");
          break;
        }
        progress.waiting("a minute without requests of other clients");
        minutes.awaitNext();
        minutes.sleep(publication);
        current = MinuteClock.of(minutes.nowInCloudWatch());
        seen = requests(queries, current, current.plus(MINUTE));
      }
    } catch (AwsException e) {
      remarks.add(
          "It is unknown whether other clients used the balancers: CloudWatch could not be read before the run (%s)."
              .formatted(e.getMessage()));
    }
    return remarks;
  }

  private double requests(List<MetricStatistic> queries, Instant from, Instant to)
      throws AwsException, InterruptedException {
    return queries.isEmpty()
        ? 0
        : source.read(queries, from, to).values().stream()
            .flatMap(series -> series.values().stream())
            .mapToDouble(Double::doubleValue)
            .sum();
  }
}
