package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.MetricSource.Figure;
import dev.leadline.balancer.cloudwatch.MetricSource.NotRead;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.target.Target;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the metric that a group's policy asks for, of all its targets, and tells a listener. It
 * waits for CloudWatch on a worker thread and tells on the event loop that it was started on.
 *
 * <p>While CloudWatch is away or refuses, it is asked less and less often. That figures cannot be
 * read, or are missing for some targets, is logged when it begins, when it changes and when it
 * ends; what it means for routing is the policy's affair.
 */
public final class MetricReader {

  /** Hears what was read. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A metric of this target was read.
     *
     * @param value in the metric's own unit
     * @param trueAt when it was true
     */
    void measured(Target target, double value, Instant trueAt);
  }

  private static final Logger LOG = Logger.getLogger(MetricReader.class.getName());
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Vertx vertx;
  private final String group;
  private final MetricQuery query;
  private final Supplier<List<Target>> targets;
  private final Listener listener;
  private final InstantSource wallClock;
  private final MetricSource source;
  private List<String> without = List.of();
  private int failures;
  private boolean stopped;
  private long timer = -1;

  MetricReader(
      Vertx vertx,
      String group,
      MetricQuery query,
      Supplier<List<Target>> targets,
      Listener listener,
      InstantSource wallClock,
      MetricSource source) {
    this.vertx = vertx;
    this.group = group;
    this.query = query;
    this.targets = targets;
    this.listener = listener;
    this.wallClock = wallClock;
    this.source = source;
  }

  /**
   * A reader of Amazon CloudWatch.
   *
   * @param group name of the group
   * @param targets its targets, whenever the reader looks
   */
  public static MetricReader ofCloudWatch(
      Vertx vertx,
      String group,
      MetricQuery query,
      Supplier<List<Target>> targets,
      Listener listener) {
    return new MetricReader(
        vertx,
        group,
        query,
        targets,
        listener,
        InstantSource.system(),
        new CloudWatchSource(LazyClient.ofEnvironment()));
  }

  /** Starts reading, with a first time now. Call it on an event loop. */
  public void start() {
    read();
  }

  /** Reads no more; what is on its way is not told. Call it on the same event loop. */
  public void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  private void read() {
    List<Target> present = targets.get();
    if (present.isEmpty()) {
      readLater();
      return;
    }
    List<String> ids = present.stream().map(Target::id).toList();
    Instant now = wallClock.instant();
    vertx
        .executeBlocking(() -> source.read(query, ids, now))
        .onComplete(figures -> tell(present, figures), this::failed);
  }

  private void tell(List<Target> asked, Map<String, Figure> figures) {
    if (stopped) {
      return;
    }
    if (failures > 0) {
      failures = 0;
      LOG.log(Level.INFO, "{0} of group {1} can be read again", args(query.name(), group));
    }
    Instant now = wallClock.instant();
    for (Target target : asked) {
      Figure figure = figures.get(target.id());
      if (figure != null) {
        listener.measured(target, figure.value(), figure.end());
      }
    }
    noteMissing(
        asked.stream().map(Target::id).filter(id -> !isOfUse(figures.get(id), now)).toList());
    readLater();
  }

  private boolean isOfUse(@Nullable Figure figure, Instant now) {
    return figure != null && Duration.between(figure.end(), now).compareTo(query.maxAge()) <= 0;
  }

  private void noteMissing(List<String> missing) {
    if (missing.equals(without)) {
      return;
    }
    without = missing;
    if (missing.isEmpty()) {
      LOG.log(
          Level.INFO,
          "CloudWatch has {0} for every target of group {1}",
          args(query.name(), group));
    } else {
      LOG.log(
          Level.WARNING,
          "CloudWatch has no {0} of use for {1} of group {2}",
          new Object[] {query.name(), String.join(", ", missing), group});
    }
  }

  private void failed(Throwable cause) {
    if (stopped) {
      return;
    }
    if (failures == 0) {
      LOG.log(
          Level.WARNING,
          "{0} of group {1} cannot be read: {2}",
          new Object[] {
            query.name(), group, cause instanceof NotRead ? cause.getMessage() : cause.toString()
          });
    }
    failures = Math.min(failures + 1, Integer.SIZE);
    readLater();
  }

  private void readLater() {
    timer = vertx.setTimer(pause(query.refresh(), failures).toMillis(), fired -> read());
  }

  /** Twice as long with every failure in a row, up to five minutes. */
  static Duration pause(Duration refresh, int failures) {
    Duration pause = refresh;
    for (int i = 0; i < failures && pause.compareTo(LONGEST_PAUSE) < 0; i++) {
      pause = pause.multipliedBy(2);
      if (pause.compareTo(LONGEST_PAUSE) > 0) {
        pause = LONGEST_PAUSE;
      }
    }
    return pause;
  }

  private static Object[] args(Object first, Object second) {
    return new Object[] {first, second};
  }
}
