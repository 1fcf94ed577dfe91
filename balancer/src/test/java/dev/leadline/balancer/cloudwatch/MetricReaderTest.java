package dev.leadline.balancer.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.cloudwatch.MetricSource.Figure;
import dev.leadline.balancer.cloudwatch.MetricSource.NotRead;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.target.Target;
import io.vertx.core.Vertx;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricReaderTest {

  private static final Instant NOW = Instant.parse("2026-01-01T10:00:00Z");
  private static final MetricQuery QUERY =
      new MetricQuery(
          "AWS/EC2",
          "CPUUtilization",
          "InstanceId",
          "Average",
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofMillis(5));

  private final Vertx vertx = Vertx.vertx();
  private final io.vertx.core.Context loop = vertx.getOrCreateContext();
  private final ScriptedSource source = new ScriptedSource();
  private final Map<String, Double> values = new ConcurrentHashMap<>();
  private final Map<String, Instant> times = new ConcurrentHashMap<>();
  private volatile List<Target> targets = targets("a", "b");
  private final MetricReader reader =
      new MetricReader(
          vertx,
          "g",
          QUERY,
          () -> targets,
          (target, value, trueAt) -> {
            times.put(target.id(), trueAt);
            values.put(target.id(), value);
          },
          InstantSource.fixed(NOW),
          source);
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Logger logger = Logger.getLogger(MetricReader.class.getName());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          log.add(
              record.getLevel()
                  + " "
                  + MessageFormat.format(record.getMessage(), record.getParameters()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  /** Answers with the figures there are, or with a failure. */
  private static final class ScriptedSource implements MetricSource {
    final Map<String, Figure> figures = new HashMap<>();
    final List<List<String>> asked = new ArrayList<>();
    final List<String> threads = new ArrayList<>();
    String refusal = "";
    boolean broken;

    @Override
    public synchronized Map<String, Figure> read(
        MetricQuery query, List<String> targets, Instant now) throws NotRead {
      asked.add(targets);
      threads.add(Thread.currentThread().getName());
      if (broken) {
        throw new IllegalStateException("broken");
      }
      if (!refusal.isEmpty()) {
        throw new NotRead(refusal);
      }
      return Map.copyOf(figures);
    }

    synchronized void put(String target, double value, Duration age) {
      figures.put(target, new Figure(value, NOW.minus(age)));
    }

    synchronized void refuse(String reason) {
      refusal = reason;
    }

    synchronized int reads() {
      return asked.size();
    }
  }

  private static List<Target> targets(String... ids) {
    return Arrays.stream(ids).map(id -> new Target(id, "127.0.0.1", 8000, 1)).toList();
  }

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void close() {
    stop();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  private void start() {
    loop.runOnContext(now -> reader.start());
  }

  private void stop() {
    io.vertx.core.Future.future(
            promise ->
                loop.runOnContext(
                    now -> {
                      reader.stop();
                      promise.complete();
                    }))
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }

  private boolean isKnown(String target, double value) {
    return values.getOrDefault(target, Double.NaN) == value;
  }

  private void twoMoreReads() throws Exception {
    int before = source.reads();
    TestBalancer.eventually("two more reads", () -> source.reads() >= before + 2);
  }

  @Test
  void tellsWhatWasReadAndWhenItWasTrue() throws Exception {
    source.put("a", 81, Duration.ofSeconds(90));
    source.put("b", 12, Duration.ofSeconds(-3));
    start();
    TestBalancer.eventually("both are known", () -> isKnown("a", 81) && isKnown("b", 12));
    assertEquals(NOW.minusSeconds(90), times.get("a"));
    assertEquals(NOW.plusSeconds(3), times.get("b"));
    assertEquals(List.of("a", "b"), source.asked.get(0));
  }

  /** Catches a read on the event loop: everything would stand still while CloudWatch thinks. */
  @Test
  void doesNotReadOnTheEventLoop() throws Exception {
    start();
    TestBalancer.eventually("a read", () -> source.reads() > 0);
    assertTrue(source.threads.get(0).contains("worker"), source.threads.get(0));
  }

  /** Catches targets that are taken down at the start. */
  @Test
  void readsWhateverTargetsThereAreNow() throws Exception {
    start();
    targets = targets("c");
    source.put("c", 7, Duration.ZERO);
    TestBalancer.eventually("c is known", () -> isKnown("c", 7));
    targets = targets();
    int before = source.reads();
    targets = targets("d");
    TestBalancer.eventually(
        "d is asked for", () -> source.asked.get(source.reads() - 1).equals(List.of("d")));
    assertTrue(source.reads() > before);
  }

  /** Catches a reader that gives up, one that forgets, and one that fills the log. */
  @Test
  void goesOnAfterFailuresAndSaysSoOnce() throws Exception {
    source.put("a", 50, Duration.ofMinutes(1));
    source.put("b", 50, Duration.ofMinutes(1));
    source.refuse("CloudWatch answered 400: Rate exceeded");
    start();
    twoMoreReads();
    assertEquals(
        List.of(
            "WARNING CPUUtilization of group g cannot be read:"
                + " CloudWatch answered 400: Rate exceeded"),
        List.copyOf(log));
    source.refuse("");
    TestBalancer.eventually("both are known", () -> isKnown("a", 50) && isKnown("b", 50));
    twoMoreReads();
    assertEquals(2, log.size(), log.toString());
    assertEquals("INFO CPUUtilization of group g can be read again", log.get(1));
    source.refuse("again");
    twoMoreReads();
    assertEquals(3, log.size(), log.toString());
    assertEquals(50, values.get("a"), "what was known is known");
  }

  /** Catches a timer, or an answer on its way, that goes on by itself. */
  @Test
  void stopsWhenItIsToldTo() throws Exception {
    start();
    twoMoreReads();
    stop();
    source.put("a", 50, Duration.ZERO);
    // Were there more to come, it would be before this timer, which is set later and for longer.
    io.vertx.core.Future.future(
            promise -> loop.runOnContext(now -> vertx.setTimer(200, promise::complete)))
        .toCompletionStage()
        .toCompletableFuture()
        .join();
    assertEquals(Map.of(), values);
  }

  @Test
  void survivesAnErrorThatNobodyThoughtOf() throws Exception {
    source.broken = true;
    start();
    twoMoreReads();
    assertEquals(
        List.of(
            "WARNING CPUUtilization of group g cannot be read:"
                + " java.lang.IllegalStateException: broken"),
        List.copyOf(log));
  }

  /** Without this a wrong dimension, or a balancer without a figure, looks like a calm group. */
  @Test
  void saysWhenFiguresAreMissingOrTooOld() throws Exception {
    source.put("a", 50, Duration.ofMinutes(1));
    start();
    twoMoreReads();
    twoMoreReads();
    source.put("b", 50, Duration.ofMinutes(5));
    TestBalancer.eventually("the end of it is said", () -> log.size() == 2);
    source.put("b", 50, Duration.ofMinutes(5).plusMillis(1));
    TestBalancer.eventually("it is said again", () -> log.size() == 3);
    source.put("a", 50, Duration.ofHours(1));
    TestBalancer.eventually("more of it is said", () -> log.size() == 4);
    assertEquals(
        List.of(
            "WARNING CloudWatch has no CPUUtilization of use for b of group g",
            "INFO CloudWatch has CPUUtilization for every target of group g",
            "WARNING CloudWatch has no CPUUtilization of use for b of group g",
            "WARNING CloudWatch has no CPUUtilization of use for a, b of group g"),
        List.copyOf(log));
  }

  @ParameterizedTest
  @CsvSource({
    "20, 0, 20",
    "20, 1, 40",
    "20, 3, 160",
    "20, 4, 300",
    "20, 32, 300",
    "600, 0, 600",
    "600, 5, 600",
  })
  void asksLessAndLessOften(int refreshSeconds, int failures, int pauseSeconds) {
    assertEquals(
        Duration.ofSeconds(pauseSeconds),
        MetricReader.pause(Duration.ofSeconds(refreshSeconds), failures));
  }

  /** Catches a pause that does not grow, or is not forgotten with the first success. */
  @Test
  void pausesGrowWithFailuresInARowOnly() throws Exception {
    source.refuse("no");
    start();
    // 5 + 10 + 20 + ... + 320 ms of pauses at least.
    TestBalancer.eventually("eight reads", () -> source.reads() >= 8);
    source.refuse("");
    source.put("a", 1, Duration.ZERO);
    TestBalancer.eventually("read again", () -> isKnown("a", 1));
    long start = System.nanoTime();
    int reads = source.reads();
    TestBalancer.eventually("ten more reads", () -> source.reads() >= reads + 10);
    assertTrue(
        System.nanoTime() - start < 6_000_000_000L, "pauses of failures go on after a success");
  }
}
