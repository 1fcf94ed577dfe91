package dev.leadline.bench.load;

import static dev.leadline.bench.load.TestClient.errors;
import static dev.leadline.bench.load.TestClient.fire;
import static dev.leadline.bench.load.TestClient.spec;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pacer;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Audit;
import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.record.Sample;
import dev.leadline.bench.stats.Knee;
import dev.leadline.bench.stats.StepFigures;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loads beside the burst. */
@Timeout(60)
final class LoadPatternsTest {
  private static final HttpSpec GET = HttpSpec.get(Expectation.JSON);

  private static Load rate(double perSecond, long millis, int connections, int loops) {
    return new Load(
        Pattern.RATE,
        0,
        connections,
        true,
        1,
        perSecond,
        perSecond,
        1,
        Arrivals.CONSTANT,
        millis,
        0,
        loops);
  }

  /**
   * The server answers nobody before all 40 are there: fails when it holds requests back, or when
   * loops repeat each other's. The last one is due after 195 ms.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aRateIsSentWhateverTheServerDoes(int loops) throws InterruptedException {
    List<HttpServerRequest> held = new ArrayList<>();
    try (TestServer server =
        TestServer.http(
            request -> {
              held.add(request);
              if (held.size() == 40) {
                useProcessor();
                held.forEach(waiting -> waiting.response().end(TestServer.ANSWER));
              }
            })) {
      BurstGenerator.Result result = fire(rate(200, 200, 1000, loops), GET, server.balancer());

      assertEquals(Map.of("null", 40L), errors(result));
      assertEquals(40, result.burst().maxAwaitingAnswer());
      for (int i = 0; i < 40; i++) {
        Sample sample = result.samples().get(i);
        assertEquals(i, sample.index());
        assertEquals(i * 5_000_000L, sample.intendedNanos());
        assertTrue(sample.startNanos() >= sample.intendedNanos(), sample.toString());
        assertTrue(sample.endNanos() >= 195_000_000, sample.toString());
      }
      Audit audit = result.burst().audit();
      assertNotNull(audit);
      assertTrue(audit.skewP99Nanos() <= audit.skewMaxNanos(), audit.toString());
      assertTrue(audit.openFiles() > 40 && audit.cpuShare() > 0, audit.toString());
    }
  }

  /** More than a tick of the clock that counts a process's time: some count in steps of 10 ms. */
  private static void useProcessor() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long until = threads.getCurrentThreadCpuTime() + 30_000_000;
    while (threads.getCurrentThreadCpuTime() < until) {
      Thread.onSpinWait();
    }
  }

  /**
   * Nobody is answered before all have begun. Fails when the wait for the only connection holds a
   * request back, or is left out of its latency.
   */
  @Test
  void whatWaitsForAConnectionIsLate() throws InterruptedException, ExecutionException {
    CompletableFuture<Void> allBegun = new CompletableFuture<>();
    Pacer four =
        (elapsed, number) -> {
          if (number == 4) {
            allBegun.complete(null);
          }
          return number < 4 ? number * 1_000_000L : Pacer.END;
        };
    try (TestServer server =
        TestServer.http(
            request -> {
              Context own = Objects.requireNonNull(Vertx.currentContext());
              var unused =
                  allBegun.thenRun(
                      () -> own.runOnContext(now -> request.response().end(TestServer.ANSWER)));
            })) {
      ClientLoop client = new ClientLoop(Duration.ofSeconds(20), false, System::nanoTime);
      LoadLoop loop =
          new LoadLoop(
              client,
              spec(rate(1000, 4, 1, 1), GET),
              0,
              "/p",
              server.balancer(),
              List.of(InetAddress.getLoopbackAddress()));
      loop.startAt(System.nanoTime());
      client.run(() -> loop.send(four, 0, 0)).get();
      client.close().await();

      assertEquals(1, loop.connectionsOpened());
      List<Sample> samples = new BurstSamples(TestServer.burst(), List.of(loop.samples()));
      assertEquals(4, samples.size());
      for (int i = 1; i < 4; i++) {
        Sample sample = samples.get(i);
        assertEquals(null, sample.error());
        assertEquals(i * 1_000_000L, sample.intendedNanos());
        assertTrue(sample.startNanos() <= samples.get(0).endNanos(), samples.toString());
        assertTrue(sample.endNanos() >= samples.get(i - 1).endNanos(), samples.toString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void usersOfAClosedLoopWaitForTheirAnswersOnConnectionsTheyKeep(int loops)
      throws InterruptedException {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    try (TestServer server =
        TestServer.http(
            request -> {
              ports.add(request.remoteAddress().port());
              request.response().end(TestServer.ANSWER);
            })) {
      Load load =
          new Load(Pattern.CLOSED, 200, 5, true, 1, 0, 0, 1, Arrivals.CONSTANT, 0, 0, loops);
      BurstGenerator.Result result = fire(load, GET, server.balancer());

      assertEquals(Map.of("null", 200L), errors(result));
      assertEquals(5, result.burst().maxInFlight());
      assertEquals(5, ports.size());
      assertEquals(5, result.burst().connections());
      // When a request is due one of the five is free: as many as came before but four have ended.
      List<Sample> samples = result.samples();
      long[] ends = samples.stream().mapToLong(Sample::endNanos).sorted().toArray();
      for (int i = 5; i < 200; i++) {
        assertTrue(samples.get(i).intendedNanos() >= ends[i - 5], samples.toString());
      }
    }
  }

  /** Each answer takes 50 ms of the 200. */
  @Test
  void aClosedLoopEndsAtItsTime() throws InterruptedException {
    TestTime time = new TestTime();
    Load load = new Load(Pattern.CLOSED, 0, 1, true, 1, 0, 0, 1, Arrivals.CONSTANT, 200, 0, 1);
    try (TestServer server =
            TestServer.http(
                request -> {
                  time.pass(Duration.ofMillis(50));
                  request.response().end(TestServer.ANSWER);
                });
        BurstGenerator generator = TestClient.of(spec(load, GET), time)) {
      BurstGenerator.Result result = generator.fire(TestServer.burst(), server.balancer());

      assertEquals(
          List.of(0L, 50_000_000L, 100_000_000L, 150_000_000L),
          result.samples().stream().map(Sample::intendedNanos).toList());
      assertFalse(result.numberReached());
    }
  }

  @Test
  void aClosedLoopThatMaySendNoMoreBeforeItsTimeSaysSo() throws InterruptedException {
    try (TestServer server = TestServer.answering()) {
      Load load =
          new Load(Pattern.CLOSED, 30, 2, true, 1, 0, 0, 1, Arrivals.CONSTANT, 60_000, 0, 2);
      assertTrue(fire(load, GET, server.balancer()).numberReached());
    }
  }

  /**
   * Two loops with a connection each. One hangs at its 26th request, which is the 51st or 52nd of
   * both; the other goes on to its 40th. Fails where a request that hangs, or one after it, is a
   * sample.
   */
  @Test
  void aSoakThatIsInterruptedKeepsWhatHadEnded() throws InterruptedException {
    Map<HttpConnection, Integer> asked = new HashMap<>();
    AtomicReference<@Nullable HttpConnection> hanging = new AtomicReference<>();
    Thread soaking = Thread.currentThread();
    Load load =
        new Load(Pattern.SOAK, 0, 2, true, 1, 500, 500, 1, Arrivals.CONSTANT, 50_000, 1_000, 2);
    try (TestServer server =
            TestServer.http(
                request -> {
                  int number = asked.merge(request.connection(), 1, Integer::sum);
                  if (number == 26 && hanging.compareAndSet(null, request.connection())) {
                    return;
                  }
                  if (number == 40) {
                    soaking.interrupt();
                  } else {
                    request.response().end(TestServer.ANSWER);
                  }
                });
        BurstGenerator generator = TestClient.of(spec(load, GET))) {
      BurstGenerator.Result result = generator.fire(TestServer.burst(), server.balancer());

      assertTrue(Thread.interrupted(), "the caller must see the interruption");
      int kept = result.samples().size();
      assertTrue(kept == 50 || kept == 51, "kept: " + kept);
      assertEquals(Map.of("null", (long) kept), errors(result));
      assertEquals(kept, result.burst().requests());
      assertEquals((kept - 1) * 2_000_000L, result.samples().get(kept - 1).intendedNanos());
    }
  }

  private static Load ramp() {
    return new Load(Pattern.RAMP, 0, 1000, true, 1, 50, 1050, 6, Arrivals.CONSTANT, 200, 0, 1);
  }

  /** The first step has 10 requests; the 15th hangs. Fails when any of the second step is kept. */
  @Test
  void aRampThatIsInterruptedKeepsItsWholeSteps() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    Thread ramping = Thread.currentThread();
    try (TestServer server =
            TestServer.http(
                request -> {
                  if (asked.incrementAndGet() == 15) {
                    ramping.interrupt();
                  } else {
                    request.response().end(TestServer.ANSWER);
                  }
                });
        BurstGenerator generator = TestClient.of(spec(ramp(), GET))) {
      BurstGenerator.Result result = generator.fire(TestServer.burst(), server.balancer());

      assertTrue(Thread.interrupted(), "the caller must see the interruption");
      assertEquals(Map.of("null", 10L), errors(result));
      assertEquals(10, result.burst().requests());
      assertEquals(List.of(50.0), result.burst().steps().stream().map(Step::perSecond).toList());
    }
  }

  /** From the second step on every request fails: two such steps are beyond the knee. */
  @Test
  void aRampEndsBeyondTheKnee() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    try (TestServer server =
        TestServer.http(
            request ->
                request
                    .response()
                    .setStatusCode(asked.incrementAndGet() <= 10 ? 200 : 500)
                    .end(TestServer.ANSWER))) {
      BurstGenerator.Result result = fire(ramp(), GET, server.balancer());

      List<StepFigures> figures =
          StepFigures.of(
              result.burst().steps(), result.samples()::forEach, Duration.ofSeconds(20).toNanos());
      int steps = figures.size();
      assertTrue(steps < 6 && Knee.of(figures).passed(), figures.toString());
      // The first step is beyond it too where this machine stood still: the second is the last
      // then.
      assertFalse(Knee.of(figures.subList(0, steps - 1)).passed(), figures.toString());
      assertEquals(
          List.of(10, 50, 90).subList(0, steps),
          figures.stream().map(StepFigures::requests).toList());
    }
  }
}
