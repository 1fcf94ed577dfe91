package dev.leadline.bench.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.CloudWatchException;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataResponse;
import software.amazon.awssdk.services.cloudwatch.model.ListMetricsRequest;
import software.amazon.awssdk.services.cloudwatch.model.ListMetricsResponse;
import software.amazon.awssdk.services.cloudwatch.model.Metric;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;
import software.amazon.awssdk.services.cloudwatch.model.StatusCode;

final class CloudWatchReaderTest {
  private static final Instant FROM = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant TO = FROM.plusSeconds(120);
  private static final Instant NOW = Instant.parse("2026-03-01T12:03:00.400Z");
  private static final MetricScope SCOPE = new MetricScope("N", Map.of("D", "v"));

  /** A client that answers page by page. */
  private static class PagedClient implements CloudWatchClient {
    final List<GetMetricDataRequest> asked = new ArrayList<>();
    private final List<GetMetricDataResponse> pages;

    PagedClient(GetMetricDataResponse... pages) {
      this.pages = List.of(pages);
    }

    @Override
    public GetMetricDataResponse getMetricData(GetMetricDataRequest request) {
      asked.add(request);
      return pages.get((asked.size() - 1) % pages.size());
    }

    @Override
    public String serviceName() {
      return "cloudwatch";
    }

    @Override
    public void close() {}
  }

  private static CloudWatchReader reader(CloudWatchClient client) {
    return new CloudWatchReader(client, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static GetMetricDataResponse page(
      String id, Instant at, double value, StatusCode status, boolean more) {
    return GetMetricDataResponse.builder()
        .nextToken(more ? "more" : null)
        .metricDataResults(
            MetricDataResult.builder()
                .id(id)
                .timestamps(at)
                .values(value)
                .statusCode(status)
                .build())
        .build();
  }

  /** Fails when only the first page is read, or a later one replaces what came before. */
  @Test
  void pagesOfOneSeriesAreMerged() throws Exception {
    MetricStatistic query = new MetricStatistic(SCOPE, "RequestCount", "Sum");
    PagedClient client =
        new PagedClient(
            page("q0", FROM, 1, StatusCode.PARTIAL_DATA, true),
            page("q0", FROM.plusSeconds(60), 2, StatusCode.COMPLETE, false));
    Map<MetricStatistic, SortedMap<Instant, Double>> values =
        reader(client).read(List.of(query), FROM, TO);

    assertEquals(Map.of(FROM, 1.0, FROM.plusSeconds(60), 2.0), values.get(query));
    assertEquals(2, client.asked.size());
  }

  @Test
  void aQueryAsksForItsMetricByTheMinute() throws Exception {
    PagedClient client = new PagedClient(page("q0", FROM, 1, StatusCode.COMPLETE, false));
    reader(client).read(List.of(new MetricStatistic(SCOPE, "M", "p99")), FROM, TO);

    var asked = client.asked.get(0);
    var stat = asked.metricDataQueries().get(0).metricStat();
    assertEquals(FROM, asked.startTime());
    assertEquals(TO, asked.endTime());
    assertEquals("p99", stat.stat());
    assertEquals(60, stat.period());
    assertEquals("N", stat.metric().namespace());
    assertEquals("D", stat.metric().dimensions().get(0).name());
  }

  @Test
  void anErrorOfOneMetricIsNotTakenForNoData() {
    PagedClient client = new PagedClient(page("q0", FROM, 1, StatusCode.INTERNAL_ERROR, false));
    StatisticsReader source = reader(client);

    AwsException e =
        assertThrows(
            AwsException.class,
            () -> source.read(List.of(new MetricStatistic(SCOPE, "M", "Sum")), FROM, TO));
    assertTrue(String.valueOf(e.getMessage()).contains("InternalError"), e.getMessage());
  }

  @Test
  void fiveHundredQueriesAreTheMostOfOneCall() throws Exception {
    List<MetricStatistic> queries = new ArrayList<>();
    for (int i = 0; i < 501; i++) {
      queries.add(new MetricStatistic(SCOPE, "M" + i, "Sum"));
    }
    PagedClient client = new PagedClient(page("q0", FROM, 1, StatusCode.COMPLETE, false));
    Map<MetricStatistic, SortedMap<Instant, Double>> values =
        reader(client).read(queries, FROM, TO);

    assertEquals(
        List.of(500, 1),
        client.asked.stream().map(request -> request.metricDataQueries().size()).toList());
    assertEquals(501, values.size());
    assertEquals(Map.of(FROM, 1.0), values.get(queries.get(500)));
  }

  /** A metric is published by zone too: those would count every host twice. */
  @Test
  void targetGroupsAreThoseWithNoFurtherDimension() throws Exception {
    CloudWatchClient client =
        new PagedClient() {
          @Override
          public ListMetricsResponse listMetrics(ListMetricsRequest request) {
            return ListMetricsResponse.builder()
                .metrics(
                    metric("D", "v"),
                    metric("D", "v", "TargetGroup", "a"),
                    metric("D", "v", "TargetGroup", "a", "AvailabilityZone", "z"))
                .build();
          }
        };

    assertEquals(
        List.of(new MetricScope("N", Map.of("D", "v", "TargetGroup", "a"))),
        reader(client).targetGroups(SCOPE, "HealthyHostCount"));
  }

  private static Metric metric(String... dimensions) {
    List<Dimension> named = new ArrayList<>();
    for (int i = 0; i < dimensions.length; i += 2) {
      named.add(Dimension.builder().name(dimensions[i]).value(dimensions[i + 1]).build());
    }
    return Metric.builder().namespace("N").metricName("M").dimensions(named).build();
  }

  private static CloudWatchClient refusing(String code, int status) {
    return new PagedClient() {
      private AwsServiceException refusal() {
        return CloudWatchException.builder()
            .statusCode(status)
            .message("User: arn:aws:iam::1:user/x is not authorized ... (Service: CloudWatch)")
            .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
            .build();
      }

      @Override
      public GetMetricDataResponse getMetricData(GetMetricDataRequest request) {
        throw refusal();
      }

      @Override
      public ListMetricsResponse listMetrics(ListMetricsRequest request) {
        throw refusal();
      }
    };
  }

  /** What AWS refuses is said in words that help, and not in AWS's own. */
  @ParameterizedTest
  @CsvSource({
    "AccessDenied, 403, false, the permission cloudwatch:GetMetricData is missing",
    "AccessDeniedException, 400, false, the permission cloudwatch:GetMetricData is missing",
    "ExpiredToken, 403, false, AWS does not accept the credentials (ExpiredToken)",
    "ExpiredTokenException, 400, false, renew them",
    "InvalidClientTokenId, 403, false, renew them",
    "Throttling, 400, true, AWS limits how often",
    "ThrottlingException, 400, true, AWS limits how often",
    "InternalServiceFault, 500, true, User:",
  })
  void refusalsSayWhatHelps(String code, int status, boolean passing, String says) {
    StatisticsReader source = reader(refusing(code, status));
    AwsException e =
        assertThrows(
            AwsException.class,
            () -> source.read(List.of(new MetricStatistic(SCOPE, "M", "Sum")), FROM, TO));
    assertEquals(passing, e.isPassing());
    assertTrue(String.valueOf(e.getMessage()).contains(says), e.getMessage());
  }

  @Test
  void aRefusedListNamesItsOwnPermission() {
    StatisticsReader source = reader(refusing("AccessDenied", 403));
    AwsException e = assertThrows(AwsException.class, () -> source.targetGroups(SCOPE, "M"));
    assertTrue(String.valueOf(e.getMessage()).contains("cloudwatch:ListMetrics"), e.getMessage());
  }

  /** The Date of an answer says how far the clocks are apart, where that is more than a second. */
  @ParameterizedTest
  @CsvSource({
    "'Sun, 01 Mar 2026 12:03:00 GMT', 0", // within the second
    "'Sun, 01 Mar 2026 12:03:20 GMT', 20100",
    "'Sun, 01 Mar 2026 12:01:00 GMT', -119900",
    "yesterday, 0",
  })
  void theDateOfAnAnswerShowsTheOtherClock(String date, long aheadMillis) throws Exception {
    GetMetricDataResponse.Builder answer =
        page("q0", FROM, 1, StatusCode.COMPLETE, false).toBuilder();
    answer.sdkHttpResponse(
        SdkHttpResponse.builder().statusCode(200).putHeader("Date", date).build());
    StatisticsReader source = reader(new PagedClient(answer.build()));
    source.read(List.of(new MetricStatistic(SCOPE, "M", "Sum")), FROM, TO);

    assertEquals(aheadMillis, source.clockOffset().toMillis());
  }

  /** The real client against a port nobody listens on: an exception with a reason, and soon. */
  @Test
  @Timeout(30)
  void nobodyThereIsUnreadable() {
    try (StatisticsReader source = CloudWatchReader.of(Samples.lab())) {
      AwsException e =
          assertThrows(
              AwsException.class,
              () -> source.read(List.of(new MetricStatistic(SCOPE, "M", "Sum")), FROM, TO));
      assertTrue(
          String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("refused"),
          e.getMessage());
    }
  }
}
