package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.config.BalancerConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The access log of a balancer. Event loops write lines into memory of their own, and one thread
 * writes what is full, or a part of a second old, to the file. It never makes a request wait: where
 * the file is too slow, or cannot be written, lines are dropped and counted. Thread-safe.
 */
public final class AccessLog {

  private static final Logger LOG = Logger.getLogger(AccessLog.class.getName());

  /** However many loops there are: one to fill while another one is written. */
  private static final int LEAST_BUFFERS = 2;

  /** Time between two looks at the name of the file, and longest age of a line in memory. */
  private static final Duration USUAL_PACE = Duration.ofMillis(500);

  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  /** A buffer with the loop that it goes back to; null as the last one of all. */
  private record Full(LineBytes lines, @Nullable LoopLog from) {}

  private static final Full LAST = new Full(new LineBytes(), null);

  private final BalancerConfig.AccessLog config;
  private final int buffersPerLoop;
  private final Duration pace;
  private final LogFile file;
  private final BlockingQueue<Full> full = new LinkedBlockingQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder droppedOfAll;
  private final Object place;
  private final CompletableFuture<AccessLog> opened = new CompletableFuture<>();
  private final Thread writer = new Thread(this::run, "access log");
  private volatile boolean unused;

  // Of the writer's thread.
  private long droppedAndSaid;
  private long lastSaidNanos;
  private @Nullable IOException failure;

  /**
   * Opens the log, which takes a moment: {@link #opened} says what came of it.
   *
   * @param bytes most memory for lines that are not written yet, of all loops together
   * @param loops how many event loops will write lines
   * @param droppedOfAll counts the lines that could not be written, of this log and others
   * @param place lock of what is written to, so that no block of lines gets into another one
   */
  static AccessLog open(
      BalancerConfig.AccessLog config, int bytes, int loops, LongAdder droppedOfAll, Object place) {
    return open(
        config,
        Math.max(LEAST_BUFFERS, bytes / LineBytes.CAPACITY / loops),
        USUAL_PACE,
        droppedOfAll,
        place);
  }

  static AccessLog open(
      BalancerConfig.AccessLog config,
      int buffersPerLoop,
      Duration pace,
      LongAdder droppedOfAll,
      Object place) {
    AccessLog log = new AccessLog(config, buffersPerLoop, pace, droppedOfAll, place);
    log.writer.setDaemon(true);
    log.writer.start();
    return log;
  }

  private AccessLog(
      BalancerConfig.AccessLog config,
      int buffersPerLoop,
      Duration pace,
      LongAdder droppedOfAll,
      Object place) {
    this.config = config;
    this.buffersPerLoop = buffersPerLoop;
    this.pace = pace;
    this.droppedOfAll = droppedOfAll;
    this.place = place;
    file = new LogFile(config.file());
  }

  /** Comes when it is open; fails if that was not possible, and is tried again from then on. */
  CompletionStage<AccessLog> opened() {
    return opened;
  }

  /** Its name in messages. */
  String name() {
    return file.name();
  }

  /** What writes the lines of the calling event loop. */
  public LoopLog onThisLoop(Vertx vertx) {
    LineFormat format =
        switch (config.format()) {
          case JSON -> new JsonFormat(config.query());
          case ALB -> new AlbFormat(config.query());
        };
    return new LoopLog(vertx, pace, format, this, buffersPerLoop);
  }

  /** Lines that could not be written. */
  long dropped() {
    return dropped.sum();
  }

  /** Ends the log as soon as what the loops have handed over is written. */
  void close() {
    full.add(LAST);
  }

  /** Ends a log that no loop has written to, and leaves no file that was not there before. */
  void discard() {
    unused = true;
    close();
  }

  /** Waits until a closed log has ended, or this time is over. */
  void awaitEnd(Duration limit) throws InterruptedException {
    writer.join(Math.max(1, limit.toMillis()));
  }

  /** Memory of lines that the loops have handed over and that are not written yet. */
  long waitingBytes() {
    return (long) waiting.get() * LineBytes.CAPACITY;
  }

  /** The lock of what it writes to. */
  Object place() {
    return place;
  }

  boolean writesTo(Optional<Path> other) {
    return config.file().equals(other);
  }

  boolean hasEnded() {
    return !writer.isAlive();
  }

  void drop() {
    dropped.increment();
    droppedOfAll.increment();
  }

  void write(LineBytes lines, LoopLog from) {
    waiting.incrementAndGet();
    full.add(new Full(lines, from));
  }

  private void run() {
    follow();
    long followNanos = System.nanoTime() + pace.toNanos();
    while (true) {
      Full next = poll(followNanos - System.nanoTime());
      if (next != null) {
        LoopLog from = next.from;
        if (from == null) {
          break;
        }
        write(next.lines.content());
        next.lines.clear();
        waiting.decrementAndGet();
        from.takeBack(next.lines);
      }
      if (System.nanoTime() - followNanos >= 0) {
        follow();
        sayWhatWasDropped(false);
        followNanos = System.nanoTime() + pace.toNanos();
      }
    }
    sayWhatWasDropped(true);
    try {
      file.close();
      if (unused) {
        file.removeUnused();
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "access log: {0}: {1}", new Object[] {file.name(), e.getMessage()});
    }
  }

  private @Nullable Full poll(long nanos) {
    try {
      return full.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return LAST;
    }
  }

  private void follow() {
    try {
      file.follow();
      opened.complete(this);
    } catch (IOException e) {
      failure = e;
      opened.completeExceptionally(e);
    }
  }

  private void write(ByteBuffer lines) {
    try {
      synchronized (place) {
        file.write(lines);
      }
      failure = null;
    } catch (IOException e) {
      failure = e;
      while (lines.hasRemaining()) {
        if (lines.get() == '\n') {
          drop();
        }
      }
    }
  }

  /** At once for the first one, then once a minute, and at the end. */
  private void sayWhatWasDropped(boolean isEnd) {
    long now = System.nanoTime();
    long count = dropped() - droppedAndSaid;
    boolean soon = droppedAndSaid > 0 && now - lastSaidNanos < BETWEEN_WARNINGS.toNanos();
    if (count == 0 || (soon && !isEnd)) {
      return;
    }
    droppedAndSaid += count;
    lastSaidNanos = now;
    LOG.log(
        Level.WARNING,
        "the access log dropped {0} lines: {1}",
        new Object[] {
          Long.toString(count),
          failure == null
              ? file.name() + " takes them more slowly than requests end"
              : file.name() + " cannot be written (" + reason(failure) + ")"
        });
  }

  /**
   * File system exceptions have the path as their message, and the reason beside it or as a type.
   */
  static String reason(Throwable failure) {
    return failure instanceof java.nio.file.FileSystemException of
        ? of.getReason() == null ? of.getClass().getSimpleName() : of.getReason()
        : String.valueOf(failure.getMessage());
  }
}
