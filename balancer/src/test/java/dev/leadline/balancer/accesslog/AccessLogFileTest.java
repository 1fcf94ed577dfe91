package dev.leadline.balancer.accesslog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.AccessLog.Format;
import dev.leadline.balancer.observe.TestEnds;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The access log and its file: turned, full, slow. */
class AccessLogFileTest {

  private static final Duration PACE = Duration.ofMillis(10);
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Path folder;
  private final Vertx vertx = Vertx.vertx();

  AccessLogFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @AfterEach
  void close() {
    vertx.close();
  }

  private static AccessLog open(Path file, int buffers) {
    return AccessLog.open(
        new BalancerConfig.AccessLog(Format.JSON, Optional.of(file), true),
        buffers,
        PACE,
        new LongAdder(),
        new Object());
  }

  private static long lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    } catch (IOException e) {
      return -1; // Renamed in the meantime.
    }
  }

  private void log(AccessLog log, int times) throws Exception {
    onLoop(
        () -> {
          LoopLog loop = log.onThisLoop(vertx);
          for (int i = 0; i < times; i++) {
            loop.ended(TestEnds.answered(200, 1));
          }
          return times;
        });
  }

  /** A log belongs to its event loop. */
  private int onLoop(IntSupplier action) throws Exception {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    vertx.runOnContext(now -> done.complete(action.getAsInt()));
    return done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aRenamedOrTruncatedFileGoesOn() throws Exception {
    Path file = folder.resolve("access.log");
    Path turned = folder.resolve("access.log.1");
    AccessLog log = open(file, 4);
    log(log, 2);
    TestBalancer.eventually("two lines are written", () -> lines(file) == 2);
    Files.move(file, turned);
    TestBalancer.eventually("there is a file", () -> Files.exists(file));
    log(log, 1);
    TestBalancer.eventually("a line is written", () -> lines(file) == 1);
    assertEquals(2, lines(turned));
    Files.write(file, new byte[0]); // As logrotate's copytruncate does.
    log(log, 1);
    TestBalancer.eventually("a line is written", () -> lines(file) == 1);
    assertEquals("rw-r-----", permissions(turned));
    log.close();
    log.awaitEnd(LIMIT);
    assertEquals(0, log.dropped());
  }

  private static String permissions(Path file) throws IOException {
    return java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(file));
  }

  @Test
  void aFullDiskDropsLinesAndSaysSoOnce() throws Exception {
    List<String> said = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger(AccessLog.class.getName());
    Handler handler = listening(said);
    logger.addHandler(handler);
    try {
      AccessLog log = open(Path.of("/dev/full"), 4);
      log(log, 3);
      TestBalancer.eventually("it is said", () -> said.size() == 1);
      log(log, 4);
      TestBalancer.eventually("seven lines are dropped", () -> log.dropped() == 7);
      log.close();
      log.awaitEnd(LIMIT);
    } finally {
      logger.removeHandler(handler);
    }
    String why = " lines: /dev/full cannot be written (No space left on device)";
    assertEquals(List.of("the access log dropped 3" + why, "the access log dropped 4" + why), said);
  }

  private static Handler listening(List<String> said) {
    return new Handler() {
      @Override
      public void publish(LogRecord entry) {
        said.add(new SimpleFormatter().formatMessage(entry));
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  /** A pipe that nobody reads stops the writer; the loop goes on, in the memory that it has. */
  @Test
  void aFileThatIsTooSlowDropsLinesAndTheLogGoesOnAfterwards() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    AccessLog log = open(pipe, 2);
    int sent =
        onLoop(
            () -> {
              LoopLog loop = log.onThisLoop(vertx);
              int lines = 0;
              while (log.dropped() == 0) {
                loop.ended(TestEnds.answered(200, 1));
                lines++;
              }
              return lines;
            });
    assertTrue(sent < 2 * LineBytes.CAPACITY / 50, "memory for " + sent + " lines");
    log.close();
    List<String> read = Files.readAllLines(pipe);
    log.awaitEnd(LIMIT);
    assertEquals(sent - 1, read.size());
    assertFalse(read.get(0).isEmpty());
  }

  /** Two that nobody reads are full: a third one is not opened. Their lines do not mix. */
  @Test
  void formerLogsShareTheirMemory() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    var json = Optional.of(new BalancerConfig.AccessLog(Format.JSON, Optional.of(pipe), true));
    var noQuery = Optional.of(new BalancerConfig.AccessLog(Format.JSON, Optional.of(pipe), false));
    AccessLogs logs = new AccessLogs(json, 1, 8 * LineBytes.CAPACITY);
    fill(logs);
    assertFalse(logs.prepare(vertx, noQuery).isComplete(), "it is being opened");
    logs.take(noQuery, log -> Future.succeededFuture());
    fill(logs);
    assertTrue(logs.prepare(vertx, json).failed());
    logs.close();
    List<String> lines = Files.readAllLines(pipe);
    assertFalse(lines.isEmpty());
    assertEquals(
        List.of(),
        lines.stream().filter(it -> !(it.startsWith("{\"") && it.endsWith("}"))).toList());
  }

  private void fill(AccessLogs logs) throws Exception {
    AccessLog log = java.util.Objects.requireNonNull(logs.current());
    onLoop(
        () -> {
          LoopLog loop = log.onThisLoop(vertx);
          while (log.dropped() == 0) {
            loop.ended(TestEnds.answered(200, 1));
          }
          return 0;
        });
  }

  /** A reload may be refused after its log was opened. */
  @Test
  void aLogThatDoesNotTakeOverLeavesNoFile() throws Exception {
    Path made = folder.resolve("made.log");
    Path known = Files.createFile(folder.resolve("known.log"));
    AccessLogs logs = new AccessLogs(Optional.empty(), 1);
    for (Path file : List.of(made, known)) {
      var config = Optional.of(new BalancerConfig.AccessLog(Format.JSON, Optional.of(file), true));
      logs.prepare(vertx, config).toCompletionStage().toCompletableFuture().join();
      assertTrue(Files.exists(file));
      logs.forgetPrepared();
    }
    logs.awaitEnd(LIMIT);
    assertFalse(Files.exists(made));
    assertTrue(Files.exists(known));
  }

  /** Each would keep a thread and memory for as long as nobody reads the pipe. */
  @Test
  void logsThatCannotEndAreLimited() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    Optional<BalancerConfig.AccessLog> toPipe =
        Optional.of(new BalancerConfig.AccessLog(Format.JSON, Optional.of(pipe), true));
    AccessLogs logs = new AccessLogs(Optional.empty(), 1);
    for (int i = 0; i < AccessLogs.MOST_ENDING; i++) {
      assertFalse(logs.prepare(vertx, toPipe).isComplete(), "it is being opened");
      logs.forgetPrepared();
    }
    assertEquals(
        "accessLog cannot change now: lines of former ones are not written yet; try again later",
        logs.prepare(vertx, toPipe).cause().getMessage());
    Files.readAllBytes(pipe);
    logs.awaitEnd(LIMIT);
    assertFalse(logs.prepare(vertx, toPipe).failed(), "they have ended");
    logs.close();
    Files.readAllBytes(pipe);
    logs.awaitEnd(LIMIT);
  }
}
