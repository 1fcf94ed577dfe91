package dev.leadline.balancer.cloudwatch;

import dev.leadline.routing.policy.MetricQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;
import software.amazon.awssdk.services.cloudwatch.model.ScanBy;

/**
 * Amazon CloudWatch, asked for the metrics of all targets at once.
 *
 * <p>Only whole periods are read: of a period that is not over, a sum or a percentile says nothing
 * yet.
 */
final class CloudWatchSource implements MetricSource {

  /** Most metrics of one call of GetMetricData. */
  static final int MAX_QUERIES = 500;

  private final LazyClient client;

  CloudWatchSource(LazyClient client) {
    this.client = client;
  }

  @Override
  public Map<String, Figure> read(MetricQuery query, List<String> targets, Instant now)
      throws NotRead {
    Map<String, Figure> latest = new HashMap<>();
    try {
      for (int from = 0; from < targets.size(); from += MAX_QUERIES) {
        int to = Math.min(from + MAX_QUERIES, targets.size());
        readPart(query, targets.subList(from, to), now, latest);
      }
    } catch (AwsServiceException e) {
      throw new NotRead(LazyClient.problem(e));
    } catch (SdkException e) {
      throw new NotRead(String.valueOf(e.getMessage()));
    }
    return latest;
  }

  private void readPart(
      MetricQuery query, List<String> targets, Instant now, Map<String, Figure> latest) {
    GetMetricDataRequest request = request(query, targets, now);
    for (MetricDataResult result :
        client.get().getMetricDataPaginator(request).metricDataResults()) {
      String target = targets.get(Integer.parseInt(result.id().substring(1)));
      for (int i = 0; i < Math.min(result.values().size(), result.timestamps().size()); i++) {
        Figure figure =
            new Figure(result.values().get(i), result.timestamps().get(i).plus(query.period()));
        latest.merge(target, figure, CloudWatchSource::later);
      }
    }
  }

  private static Figure later(Figure one, Figure other) {
    return other.end().isAfter(one.end()) ? other : one;
  }

  private static GetMetricDataRequest request(
      MetricQuery query, List<String> targets, Instant now) {
    List<MetricDataQuery> queries = new ArrayList<>();
    for (String target : targets) {
      queries.add(dataQuery("t" + queries.size(), query, target));
    }
    return GetMetricDataRequest.builder()
        .metricDataQueries(queries)
        // The period that was under way then is the oldest that ended late enough to be of use.
        .startTime(beginOfPeriod(now.minus(query.maxAge()), query.period()))
        .endTime(beginOfPeriod(now, query.period()))
        .scanBy(ScanBy.TIMESTAMP_DESCENDING)
        .build();
  }

  private static MetricDataQuery dataQuery(String id, MetricQuery query, String target) {
    Dimension dimension = Dimension.builder().name(query.dimension()).value(target).build();
    return MetricDataQuery.builder()
        .id(id)
        .metricStat(
            stat ->
                stat.metric(
                        metric ->
                            metric
                                .namespace(query.namespace())
                                .metricName(query.name())
                                .dimensions(dimension))
                    .stat(query.statistic())
                    .period((int) query.period().toSeconds()))
        .build();
  }

  /** Periods begin at multiples of themselves since the epoch. */
  private static Instant beginOfPeriod(Instant time, Duration period) {
    long seconds = period.toSeconds();
    return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), seconds) * seconds);
  }
}
