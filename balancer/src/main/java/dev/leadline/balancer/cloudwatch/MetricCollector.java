package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.Window.GroupFigures;
import dev.leadline.balancer.observe.GroupMeter.Counts;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.health.TargetHealth.Status;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Cuts time into windows, on the event loop that counts, so that nothing is counted in two windows
 * or none. A window ends at every multiple of the interval and at every full minute of the wall
 * clock: CloudWatch files a window under the minute in which it began, and a burst must not spill
 * into another one's.
 */
public final class MetricCollector {

  private final Vertx vertx;
  private final List<ProxyGroup> groups;
  private final Duration interval;
  private final InstantSource wallClock;
  private final Consumer<Window> sink;
  private final List<Counts> before = new ArrayList<>();
  private Instant start;
  private long timer = -1;

  /**
   * Makes a collector; the first window begins now.
   *
   * @param sink takes windows, on the event loop: it must not block
   */
  MetricCollector(
      Vertx vertx,
      List<ProxyGroup> groups,
      Duration interval,
      InstantSource wallClock,
      Consumer<Window> sink) {
    this.vertx = vertx;
    this.groups = groups;
    this.interval = interval;
    this.wallClock = wallClock;
    this.sink = sink;
    start = wallClock.instant();
    groups.forEach(group -> before.add(group.meter().counts()));
  }

  /** Starts cutting. */
  void start() {
    long now = wallClock.instant().toEpochMilli();
    timer = vertx.setTimer(nextCutMillis(now, interval.toMillis()) - now, fired -> cutAndGoOn());
  }

  /** Cuts a last time. */
  void stop() {
    vertx.cancelTimer(timer);
    cut();
  }

  private void cutAndGoOn() {
    cut();
    start();
  }

  private void cut() {
    List<GroupFigures> figures = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      int place = i;
      ProxyGroup group = groups.get(i);
      figures.add(group.access().ask(() -> figures(place, group)));
    }
    Window window = new Window(start, figures);
    start = wallClock.instant();
    sink.accept(window);
  }

  private GroupFigures figures(int place, ProxyGroup group) {
    Counts now = group.meter().counts();
    return new GroupFigures(
        group.meter().group(),
        before.set(place, now),
        now,
        group.meter().takeResponseMicros(),
        count(group, Status.HEALTHY),
        count(group, Status.UNHEALTHY));
  }

  private static int count(ProxyGroup group, Status status) {
    return (int)
        group.router().states().stream().filter(s -> s.health().status() == status).count();
  }

  /** The first multiple of the interval or of a minute after this time; both in milliseconds. */
  static long nextCutMillis(long nowMillis, long intervalMillis) {
    long next = (nowMillis / intervalMillis + 1) * intervalMillis;
    long minute = (nowMillis / 60_000 + 1) * 60_000;
    return Math.min(next, minute);
  }
}
