package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.aws.AwsAccess;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClientBuilder;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.DimensionFilter;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.ListMetricsRequest;
import software.amazon.awssdk.services.cloudwatch.model.Metric;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;
import software.amazon.awssdk.services.cloudwatch.model.StatusCode;

/** CloudWatch, through the AWS SDK. */
public final class CloudWatchReader implements StatisticsReader {
  private static final int QUERIES_PER_CALL = 500;
  private static final int PERIOD_SECONDS = 60;

  private final CloudWatchClient client;
  private final Clock clock;
  private final ClockComparison clocks = new ClockComparison();

  CloudWatchReader(CloudWatchClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** The CloudWatch of a lab, reached as {@link AwsAccess} says. */
  public static CloudWatchReader of(LabDescription lab) {
    CloudWatchClientBuilder builder =
        CloudWatchClient.builder()
            .httpClientBuilder(AwsAccess.http(lab))
            .credentialsProvider(AwsAccess.credentials(lab))
            .overrideConfiguration(config -> config.apiCallTimeout(Duration.ofSeconds(30)));
    if (lab.region() != null) {
      builder.region(Region.of(lab.region()));
    }
    if (lab.endpoint() != null) {
      builder.endpointOverride(lab.endpoint());
    }
    return new CloudWatchReader(builder.build(), Clock.systemUTC());
  }

  @Override
  public Map<MetricStatistic, SortedMap<Instant, Double>> read(
      List<MetricStatistic> queries, Instant from, Instant to)
      throws AwsException, InterruptedException {
    Map<MetricStatistic, SortedMap<Instant, Double>> values = new LinkedHashMap<>();
    for (int first = 0; first < queries.size(); first += QUERIES_PER_CALL) {
      int end = Math.min(first + QUERIES_PER_CALL, queries.size());
      values.putAll(call(queries.subList(first, end), from, to));
    }
    return values;
  }

  private Map<MetricStatistic, SortedMap<Instant, Double>> call(
      List<MetricStatistic> queries, Instant from, Instant to)
      throws AwsException, InterruptedException {
    Map<MetricStatistic, SortedMap<Instant, Double>> values = new LinkedHashMap<>();
    Map<String, MetricStatistic> byId = new HashMap<>();
    for (MetricStatistic query : queries) {
      byId.put("q" + byId.size(), query);
      values.put(query, new TreeMap<>());
    }
    GetMetricDataRequest request =
        GetMetricDataRequest.builder()
            .startTime(from)
            .endTime(to)
            .metricDataQueries(
                byId.entrySet().stream().map(e -> query(e.getKey(), e.getValue())).toList())
            .build();
    Instant asked = clock.instant();
    try {
      // A series may be spread over pages: each page adds to what the ones before brought.
      for (var page : client.getMetricDataPaginator(request)) {
        compareClocks(page, asked);
        asked = clock.instant();
        for (MetricDataResult result : page.metricDataResults()) {
          MetricStatistic query = byId.get(result.id());
          SortedMap<Instant, Double> series = query == null ? null : values.get(query);
          if (query == null || series == null) {
            continue;
          }
          if (result.statusCode() == StatusCode.INTERNAL_ERROR
              || result.statusCode() == StatusCode.FORBIDDEN) {
            throw new AwsException(
                "%s is answered with %s".formatted(query.metric(), result.statusCodeAsString()));
          }
          for (int i = 0; i < result.timestamps().size(); i++) {
            series.put(result.timestamps().get(i), result.values().get(i));
          }
        }
      }
      return values;
    } catch (SdkException e) {
      throw translated(e, "GetMetricData");
    }
  }

  private void compareClocks(SdkResponse answer, Instant asked) {
    if (answer.sdkHttpResponse() != null) {
      answer
          .sdkHttpResponse()
          .firstMatchingHeader("Date")
          .ifPresent(date -> clocks.answered(asked, clock.instant(), date));
    }
  }

  @Override
  public Duration clockOffset() {
    return clocks.ahead();
  }

  @Override
  public List<MetricScope> targetGroups(MetricScope scope, String metric)
      throws AwsException, InterruptedException {
    ListMetricsRequest request =
        ListMetricsRequest.builder()
            .namespace(scope.namespace())
            .metricName(metric)
            .dimensions(
                scope.dimensions().entrySet().stream()
                    .map(
                        e -> DimensionFilter.builder().name(e.getKey()).value(e.getValue()).build())
                    .toList())
            .build();
    Set<String> wanted = new HashSet<>(scope.dimensions().keySet());
    wanted.add("TargetGroup");
    try {
      return client.listMetricsPaginator(request).metrics().stream()
          .map(
              found ->
                  found.dimensions().stream()
                      .collect(Collectors.toMap(Dimension::name, Dimension::value)))
          .filter(dimensions -> dimensions.keySet().equals(wanted))
          .map(dimensions -> new MetricScope(scope.namespace(), dimensions))
          .toList();
    } catch (SdkException e) {
      throw translated(e, "ListMetrics");
    }
  }

  /** The SDK notices an interruption, but hides it in an exception of its own. */
  private static AwsException translated(SdkException e, String action)
      throws InterruptedException {
    if (e instanceof AbortedException || Thread.interrupted()) {
      throw new InterruptedException(e.getMessage());
    }
    return AwsException.of(e, "cloudwatch:" + action);
  }

  private static MetricDataQuery query(String id, MetricStatistic query) {
    Metric metric =
        Metric.builder()
            .namespace(query.scope().namespace())
            .metricName(query.metric())
            .dimensions(
                query.scope().dimensions().entrySet().stream()
                    .map(e -> Dimension.builder().name(e.getKey()).value(e.getValue()).build())
                    .toList())
            .build();
    return MetricDataQuery.builder()
        .id(id)
        .metricStat(stat -> stat.metric(metric).stat(query.statistic()).period(PERIOD_SECONDS))
        .returnData(true)
        .build();
  }

  @Override
  public void close() {
    client.close();
  }
}
