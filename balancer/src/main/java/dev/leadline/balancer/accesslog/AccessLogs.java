package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ReportMemory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The access log of a balancer, and how another one takes its place: it is opened first, then the
 * event loops change to it, and then the former one ends when its lines are written. Thread-safe.
 */
public final class AccessLogs {

  private static final Duration OPEN_LIMIT = Duration.ofSeconds(5);

  /** Each has memory and a thread until its lines are written. */
  static final int MOST_ENDING = 8;

  /** The event loops. */
  @FunctionalInterface
  public interface Loops {
    /**
     * Lets every loop write to this log; null: to none.
     *
     * @return comes when all do
     */
    Future<?> logTo(@Nullable AccessLog log);
  }

  private final int loops;
  private final int bytes;
  private final LongAdder dropped = new LongAdder();
  private final List<AccessLog> ending = new ArrayList<>();
  private Optional<BalancerConfig.AccessLog> config;
  private @Nullable AccessLog current;
  private @Nullable AccessLog prepared;

  /**
   * Opens the first log. If that fails, lines are dropped until it can be opened.
   *
   * @param config absent: nothing is logged
   * @param loops how many event loops will write lines
   */
  public AccessLogs(Optional<BalancerConfig.AccessLog> config, int loops) {
    this(config, loops, ReportMemory.ofHeap().logBytes());
  }

  AccessLogs(Optional<BalancerConfig.AccessLog> config, int loops, int bytes) {
    this.config = config;
    this.loops = loops;
    this.bytes = bytes;
    current = config.map(this::open).orElse(null);
  }

  private AccessLog open(BalancerConfig.AccessLog which) {
    Object place =
        Stream.concat(ending.stream(), Stream.ofNullable(current))
            .filter(it -> it.writesTo(which.file()))
            .findAny()
            .map(AccessLog::place)
            .orElseGet(Object::new);
    return AccessLog.open(which, bytes, loops, dropped, place);
  }

  /** The log of now; null: nothing is logged. */
  public synchronized @Nullable AccessLog current() {
    return current;
  }

  /** Lines since the start that could not be written. */
  public long dropped() {
    return dropped.sum();
  }

  /**
   * Opens the log of another configuration, beside the one of now. {@link #take} or {@link
   * #forgetPrepared} has to follow.
   *
   * @return fails with a {@link ConfigException} if it cannot be opened
   */
  public synchronized Future<?> prepare(Vertx vertx, Optional<BalancerConfig.AccessLog> next) {
    if (next.equals(config) || next.isEmpty()) {
      return Future.succeededFuture();
    }
    ending.removeIf(AccessLog::hasEnded);
    if (ending.size() >= MOST_ENDING || (!ending.isEmpty() && waitingBytes() > bytes)) {
      return Future.failedFuture(
          new ConfigException(
              "accessLog cannot change now: lines of former ones are not written yet; try again"
                  + " later"));
    }
    AccessLog opening = open(next.get());
    prepared = opening;
    return Future.fromCompletionStage(opening.opened(), vertx.getOrCreateContext())
        .timeout(OPEN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .recover(cause -> Future.failedFuture(notOpened(opening, cause)));
  }

  /** Of the logs that would be former ones. */
  private long waitingBytes() {
    return ending.stream().mapToLong(AccessLog::waitingBytes).sum()
        + (current == null ? 0 : current.waitingBytes());
  }

  private static ConfigException notOpened(AccessLog log, Throwable cause) {
    String why =
        cause instanceof TimeoutException
            ? "it took longer than " + OPEN_LIMIT.toSeconds() + " s"
            : AccessLog.reason(cause);
    return new ConfigException(
        "accessLog: %s cannot be opened: %s; name a file that the balancer may write"
            .formatted(log.name(), why));
  }

  /** The log that was prepared does not take over. */
  public synchronized void forgetPrepared() {
    if (prepared != null) {
      end(prepared).discard();
      prepared = null;
    }
  }

  /** The log of this configuration, which was prepared, takes over. */
  public synchronized void take(Optional<BalancerConfig.AccessLog> next, Loops all) {
    if (next.equals(config)) {
      return;
    }
    AccessLog former = current;
    config = next;
    current = prepared;
    prepared = null;
    Future<?> changed = all.logTo(current);
    if (former != null) {
      end(former);
      changed.onComplete(done -> former.close());
    }
  }

  private AccessLog end(AccessLog log) {
    ending.add(log);
    return log;
  }

  /** Ends the log as soon as what the loops have handed over is written. */
  public synchronized void close() {
    if (current != null) {
      end(current).close();
      current = null;
    }
    forgetPrepared();
  }

  /** Waits until what was closed has ended, or this time is over. */
  public void awaitEnd(Duration limit) throws InterruptedException {
    List<AccessLog> waitedFor;
    synchronized (this) {
      waitedFor = List.copyOf(ending);
    }
    long endNanos = System.nanoTime() + limit.toNanos();
    for (AccessLog log : waitedFor) {
      log.awaitEnd(Duration.ofNanos(endNanos - System.nanoTime()));
    }
  }
}
