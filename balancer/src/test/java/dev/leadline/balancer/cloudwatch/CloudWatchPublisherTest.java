package dev.leadline.balancer.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.BalancerConfig.CloudWatch;
import dev.leadline.balancer.observe.GroupMeter;
import dev.leadline.balancer.observe.TestEnds;
import dev.leadline.balancer.observe.WindowReading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

class CloudWatchPublisherTest {

  private final Vertx vertx = Vertx.vertx();
  private final GroupMeter meter = new GroupMeter();
  private final RecordingSink sink = new RecordingSink();
  private final CloudWatchPublisher publisher = publisher();

  /** A CloudWatch that can be away. */
  private static final class RecordingSink implements MetricSink {
    final List<MetricDatum> stored = new ArrayList<>();
    int refuse;
    int swallow;
    boolean closed;
    final CountDownLatch attempted = new CountDownLatch(3);

    @Override
    public synchronized void put(List<MetricDatum> data) throws NotStored, Unusable {
      attempted.countDown();
      if (swallow > 0) {
        swallow--;
        throw new Unusable("test");
      }
      if (refuse > 0) {
        refuse--;
        throw new NotStored("test");
      }
      stored.addAll(data);
    }

    @Override
    public synchronized void close() {
      closed = true;
    }

    synchronized double requests() {
      return stored.stream()
          .filter(d -> d.metricName().equals("RequestCount") && d.dimensions().size() == 1)
          .mapToDouble(MetricDatum::value)
          .sum();
    }
  }

  private CloudWatchPublisher publisher() {
    return new CloudWatchPublisher(
        vertx,
        new CloudWatch("Test", Map.of("Balancer", "i-1"), Duration.ofSeconds(15)),
        () -> Future.succeededFuture(List.of(reading())),
        () -> Future.succeededFuture(TestEnds.balancer(0, 0, 0)),
        InstantSource.fixed(Instant.parse("2026-01-01T00:00:07Z")),
        sink);
  }

  private WindowReading reading() {
    return new WindowReading(TestEnds.group("group", meter, 0, 0), meter.takeTimes());
  }

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void cut(int requests) {
    for (int i = 0; i < requests; i++) {
      meter.ended(TestEnds.answered(200, 1_000_000));
    }
    publisher.stop();
  }

  @Test
  void everyCountArrivesOnce() {
    cut(3);
    cut(0);
    cut(4);
    publisher.flush(Duration.ofSeconds(5));
    assertEquals(7, sink.requests());
    assertTrue(sink.closed);
  }

  /** Catches counts lost while CloudWatch is away, and counted again when it is back. */
  @Test
  void whatWasNotStoredIsOfferedAgain() {
    sink.refuse = 2;
    cut(3);
    cut(4);
    cut(5);
    publisher.flush(Duration.ofSeconds(5));
    assertEquals(12, sink.requests());
    List<Double> inOrder =
        sink.stored.stream()
            .filter(d -> d.metricName().equals("RequestCount") && d.dimensions().size() == 1)
            .map(MetricDatum::value)
            .toList();
    assertEquals(List.of(3.0, 4.0, 5.0), inOrder);
  }

  /** What may have been stored must not be offered again. */
  @Test
  void whatMayHaveArrivedIsNotOfferedAgain() {
    sink.swallow = 1;
    cut(3);
    cut(4);
    publisher.flush(Duration.ofSeconds(5));
    assertEquals(4, sink.requests());
  }

  /** CloudWatch is away to the very end: stopping does not hang. */
  @Test
  void stoppingEndsWhileCloudWatchIsAway() throws InterruptedException {
    sink.refuse = 1000;
    cut(1);
    cut(1);
    cut(1);
    publisher.flush(Duration.ofSeconds(5));
    assertTrue(sink.attempted.await(1, TimeUnit.SECONDS));
    assertEquals(0, sink.requests());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 15000, 15000",
    "14999, 15000, 15000",
    "15000, 15000, 30000",
    "50000, 15000, 60000",
    "50000, 7000, 56000",
    "57000, 7000, 60000", // a minute ends a window, whatever the interval
    "61000, 60000, 120000",
  })
  void windowsEndAtMultiplesOfTheIntervalAndAtFullMinutes(long now, long interval, long next) {
    assertEquals(next, MetricCollector.nextCutMillis(now, interval));
  }
}
