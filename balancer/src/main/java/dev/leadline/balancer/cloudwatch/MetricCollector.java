package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.Window.GroupFigures;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.GroupSnapshot;
import dev.leadline.balancer.observe.WindowReading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Cuts time into windows, on each event loop that counts, so that nothing is counted in two windows
 * or none. A window ends at every multiple of the interval and at every full minute of the wall
 * clock: CloudWatch files a window under the minute in which it began, and a burst must not spill
 * into another one's.
 */
public final class MetricCollector {

  private final Vertx vertx;
  private final Supplier<Future<List<WindowReading>>> readings;
  private final Supplier<Future<BalancerSnapshot>> whole;
  private final Duration interval;
  private final InstantSource wallClock;
  private final Consumer<Window> sink;
  private final Map<String, GroupSnapshot> before = new HashMap<>();
  private @Nullable BalancerSnapshot wholeBefore;
  private Instant start;
  private long timer = -1;

  /**
   * Makes a collector; the first window begins now.
   *
   * @param readings reads all groups, and begins their next window
   * @param whole reads the balancer
   * @param sink takes windows, on the event loop: it must not block
   */
  MetricCollector(
      Vertx vertx,
      Supplier<Future<List<WindowReading>>> readings,
      Supplier<Future<BalancerSnapshot>> whole,
      Duration interval,
      InstantSource wallClock,
      Consumer<Window> sink) {
    this.vertx = vertx;
    this.readings = readings;
    this.whole = whole;
    this.interval = interval;
    this.wallClock = wallClock;
    this.sink = sink;
    start = wallClock.instant();
  }

  /** Starts cutting. */
  void start() {
    long now = wallClock.instant().toEpochMilli();
    timer = vertx.setTimer(nextCutMillis(now, interval.toMillis()) - now, fired -> cutAndGoOn());
  }

  /** Cuts a last time; the result comes when the last window was handed over. */
  Future<?> stop() {
    vertx.cancelTimer(timer);
    return cut();
  }

  private void cutAndGoOn() {
    cut();
    start();
  }

  private Future<?> cut() {
    Instant began = start;
    start = wallClock.instant();
    Future<List<WindowReading>> groups = readings.get();
    return whole
        .get()
        .compose(now -> groups.onSuccess(read -> sink.accept(window(began, now, read))));
  }

  private Window window(Instant began, BalancerSnapshot now, List<WindowReading> groups) {
    BalancerSnapshot former = wholeBefore;
    wholeBefore = now;
    return new Window(began, former, now, groups.stream().map(this::figures).toList());
  }

  private GroupFigures figures(WindowReading reading) {
    GroupSnapshot group = reading.group();
    return new GroupFigures(before.put(group.name(), group), group, reading.times());
  }

  /** The first multiple of the interval or of a minute after this time; both in milliseconds. */
  static long nextCutMillis(long nowMillis, long intervalMillis) {
    long next = (nowMillis / intervalMillis + 1) * intervalMillis;
    long minute = (nowMillis / 60_000 + 1) * 60_000;
    return Math.min(next, minute);
  }
}
