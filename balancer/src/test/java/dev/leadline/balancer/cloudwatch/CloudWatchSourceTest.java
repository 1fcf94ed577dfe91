package dev.leadline.balancer.cloudwatch;

import static dev.leadline.balancer.cloudwatch.FakeCloudWatch.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.leadline.balancer.cloudwatch.MetricSource.Figure;
import dev.leadline.balancer.cloudwatch.MetricSource.NotRead;
import dev.leadline.routing.policy.MetricQuery;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.exception.SdkClientException;

/** The real SDK against a small CloudWatch of our own. */
class CloudWatchSourceTest {

  private static final Instant NOW = Instant.parse("2026-01-01T10:07:42Z");

  private final FakeCloudWatch cloudWatch;
  private final CloudWatchSource source;

  CloudWatchSourceTest() throws IOException {
    cloudWatch = new FakeCloudWatch();
    source = new CloudWatchSource(cloudWatch.client());
  }

  @AfterEach
  void close() {
    cloudWatch.close();
  }

  private static MetricQuery cpu(Duration period) {
    return new MetricQuery(
        "AWS/EC2",
        "CPUUtilization",
        "InstanceId",
        "Average",
        period,
        Duration.ofMinutes(5),
        Duration.ofSeconds(20));
  }

  private Map<String, Figure> read(String... targets) throws NotRead {
    return source.read(cpu(Duration.ofMinutes(1)), List.of(targets), NOW);
  }

  private static Instant at10(int minute) {
    return Instant.parse("2026-01-01T10:00:00Z").plusSeconds(60L * minute);
  }

  @Test
  void readsTheLatestFigureOfEveryTargetInOneCall() throws NotRead {
    cloudWatch.cpu("i-1", at10(4), 40);
    cloudWatch.cpu("i-1", at10(5), 50);
    cloudWatch.cpu("i-2", at10(6), 60);
    assertEquals(
        Map.of("i-1", new Figure(50, at10(6)), "i-2", new Figure(60, at10(7))),
        read("i-1", "i-2", "i-3"));
    assertEquals(1, cloudWatch.requests().size());
  }

  @Test
  void asksAsTheQuerySays() throws NotRead {
    read("i-1");
    MetricQuery other =
        new MetricQuery(
            "CWAgent",
            "mem used %",
            "host",
            "p99",
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1));
    source.read(other, List.of("a", "b"), NOW);

    Map<?, ?> first = cloudWatch.requests().get(0);
    assertEquals("TimestampDescending", first.get("ScanBy"));
    assertEquals(at10(2), first.get("StartTime"), "what began earlier ended too long ago");
    assertEquals(at10(7), first.get("EndTime"));
    assertEquals(
        List.of(
            Map.of(
                "Id",
                "t0",
                "MetricStat",
                Map.of(
                    "Metric",
                    Map.of(
                        "Namespace",
                        "AWS/EC2",
                        "MetricName",
                        "CPUUtilization",
                        "Dimensions",
                        List.of(Map.of("Name", "InstanceId", "Value", "i-1"))),
                    "Period",
                    60L,
                    "Stat",
                    "Average"))),
        first.get("MetricDataQueries"));

    Map<?, ?> second = cloudWatch.requests().get(1);
    assertEquals(Instant.parse("2026-01-01T10:07:10Z"), second.get("StartTime"));
    assertEquals(Instant.parse("2026-01-01T10:07:40Z"), second.get("EndTime"));
    Object stat = at(((List<?>) at(second, "MetricDataQueries")).get(1), "MetricStat");
    assertEquals("p99", at(stat, "Stat"));
    assertEquals(10L, at(stat, "Period"));
    assertEquals(
        Map.of(
            "Namespace",
            "CWAgent",
            "MetricName",
            "mem used %",
            "Dimensions",
            List.of(Map.of("Name", "host", "Value", "b"))),
        at(stat, "Metric"));
  }

  /** Catches a figure of the minute that has just begun: a sum would be far too small. */
  @Test
  void aPeriodThatIsNotOverIsNotRead() throws NotRead {
    cloudWatch.cpu("i-1", at10(6), 90);
    cloudWatch.cpu("i-1", at10(7), 1);
    assertEquals(Map.of("i-1", new Figure(90, at10(7))), read("i-1"));
  }

  /** Catches a start that leaves out the oldest period that is of use yet. */
  @Test
  void everyFigureThatIsOfUseIsRead() throws NotRead {
    cloudWatch.cpu("i-1", at10(1), 10);
    assertEquals(Map.of(), read("i-1"), "it ended more than five minutes ago");
    cloudWatch.cpu("i-1", at10(2), 30);
    assertEquals(Map.of("i-1", new Figure(30, at10(3))), read("i-1"));
    cloudWatch.cpu("i-5", at10(0), 20);
    assertEquals(
        Map.of("i-5", new Figure(20, at10(5))),
        source.read(cpu(Duration.ofMinutes(5)), List.of("i-5"), at10(9).plusSeconds(59)),
        "in periods of five minutes");
  }

  /** Catches a reader of the first page only, and one that takes whatever comes last. */
  @Test
  void pagesAreFollowedAndTheLatestFigureWins() throws NotRead {
    cloudWatch.figuresPerPage(1);
    for (int minute = 3; minute <= 6; minute++) {
      cloudWatch.cpu("i-1", at10(minute), minute);
      cloudWatch.cpu("i-2", at10(minute), 10 + minute);
    }
    assertEquals(
        Map.of("i-1", new Figure(6, at10(7)), "i-2", new Figure(16, at10(7))), read("i-1", "i-2"));
    assertEquals(8, cloudWatch.requests().size());
  }

  /** CloudWatch refuses a call with more than 500. */
  @Test
  void manyTargetsAreReadInParts() throws NotRead {
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < 1001; i++) {
      targets.add("i-" + i);
      cloudWatch.cpu("i-" + i, at10(6), i);
    }
    Map<String, Figure> figures = source.read(cpu(Duration.ofMinutes(1)), targets, NOW);
    assertEquals(1001, figures.size());
    assertEquals(new Figure(501, at10(7)), figures.get("i-501"));
    assertEquals(
        List.of(500, 500, 1),
        cloudWatch.requests().stream()
            .map(request -> ((List<?>) at(request, "MetricDataQueries")).size())
            .toList());
  }

  /** Also: the SDK does not ask again by itself; when to do so is the reader's affair. */
  @ParameterizedTest
  @CsvSource({
    "400, com.amazonaws.cloudwatch#ThrottlingException",
    "403, com.amazonaws.cloudwatch#AccessDeniedException",
    "500, com.amazonaws.cloudwatch#InternalServiceFault",
  })
  void aRefusalIsPassedOn(int status, String error) {
    cloudWatch.answer(status, error);
    NotRead e = assertThrows(NotRead.class, () -> read("i-1"));
    assertEquals("CloudWatch answered " + status + ": a test", e.getMessage());
    assertEquals(1, cloudWatch.requests().size());
  }

  @Test
  void nobodyThereIsPassedOn() {
    cloudWatch.close();
    assertThrows(NotRead.class, () -> read("i-1"));
  }

  @Test
  void aMissingRegionIsPassedOn() {
    CloudWatchSource nowhere =
        new CloudWatchSource(
            new LazyClient(
                () -> {
                  throw SdkClientException.create("no region");
                }));
    NotRead e =
        assertThrows(
            NotRead.class, () -> nowhere.read(cpu(Duration.ofMinutes(1)), List.of("i-1"), NOW));
    assertEquals("no region", e.getMessage());
  }
}
