package dev.leadline.balancer.cloudwatch;

import dev.leadline.balancer.cloudwatch.MetricSink.NotStored;
import dev.leadline.balancer.cloudwatch.MetricSink.Unusable;
import dev.leadline.balancer.config.BalancerConfig.CloudWatch;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.WindowReading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

/**
 * Publishes the metrics of a balancer, on a thread of its own: the event loop hands over windows
 * and never waits. What could not be stored is offered again with the next window, in order, so
 * that no count is lost while CloudWatch is away; what may have been stored is not, so that none is
 * doubled. A failure is logged when it begins and when it ends, and never disturbs the proxy.
 */
public final class CloudWatchPublisher {

  private static final Logger LOG = Logger.getLogger(CloudWatchPublisher.class.getName());
  private static final int MAX_DATA_PER_CALL = 100; // 100 x 150 values stay well below 1 MB.
  private static final int MAX_PENDING = 2000; // Hours of them; then the oldest goes.

  private static final int LAST_ATTEMPTS = 3;
  private static final long LAST_ATTEMPT_PAUSE_MILLIS = 500;

  private final MetricCollector collector;
  private final MetricData metricData;
  private final MetricSink sink;
  private final ArrayDeque<List<MetricDatum>> pending = new ArrayDeque<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread worker = new Thread(task, "cloudwatch");
            worker.setDaemon(true);
            return worker;
          });
  private boolean failing;

  CloudWatchPublisher(
      Vertx vertx,
      CloudWatch config,
      Supplier<Future<List<WindowReading>>> readings,
      Supplier<Future<BalancerSnapshot>> whole,
      InstantSource wallClock,
      MetricSink sink) {
    this.sink = sink;
    metricData = new MetricData(config.dimensions());
    collector =
        new MetricCollector(
            vertx,
            readings,
            whole,
            config.interval(),
            wallClock,
            window -> thread.execute(() -> publish(window)));
  }

  /**
   * A publisher to Amazon CloudWatch.
   *
   * @param readings reads all groups, and begins their next window
   * @param whole reads the balancer
   */
  public static CloudWatchPublisher toCloudWatch(
      Vertx vertx,
      CloudWatch config,
      Supplier<Future<List<WindowReading>>> readings,
      Supplier<Future<BalancerSnapshot>> whole,
      InstantSource wallClock) {
    return new CloudWatchPublisher(
        vertx,
        config,
        readings,
        whole,
        wallClock,
        new CloudWatchSink(config.namespace(), LazyClient.ofEnvironment()));
  }

  /** Starts publishing. */
  public void start() {
    collector.start();
  }

  /** Takes the last figures; call it on the same event loop, after the last request. */
  public Future<?> stop() {
    return collector.stop();
  }

  /** Publishes what is left, once {@link #stop} has ended; blocks for at most {@code limit}. */
  public void flush(Duration limit) {
    thread.execute(this::lastAttempts);
    thread.shutdown();
    try {
      if (!thread.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warning("the last metrics did not reach CloudWatch in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void publish(Window window) {
    List<MetricDatum> data = metricData.of(window);
    for (int from = 0; from < data.size(); from += MAX_DATA_PER_CALL) {
      pending.addLast(data.subList(from, Math.min(from + MAX_DATA_PER_CALL, data.size())));
    }
    putPending();
    while (pending.size() > MAX_PENDING) {
      pending.removeFirst();
    }
  }

  private void lastAttempts() {
    for (int i = 0; i < LAST_ATTEMPTS && !pending.isEmpty(); i++) {
      try {
        Thread.sleep(LAST_ATTEMPT_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
      putPending();
    }
    int lost = pending.stream().mapToInt(List::size).sum();
    if (lost > 0) {
      LOG.log(Level.WARNING, "{0} metric values never reached CloudWatch", lost);
    }
    sink.close();
  }

  private void putPending() {
    try {
      while (!pending.isEmpty()) {
        putFirst();
      }
      if (failing) {
        failing = false;
        LOG.info("metrics reach CloudWatch again, the delayed ones too");
      }
    } catch (NotStored e) {
      if (!failing) {
        failing = true;
        LOG.log(Level.WARNING, "metrics do not reach CloudWatch and are kept: {0}", e.getMessage());
      }
    }
  }

  private void putFirst() throws NotStored {
    try {
      sink.put(pending.getFirst());
    } catch (Unusable e) {
      LOG.log(
          Level.WARNING,
          "{0} metric values are given up: {1}",
          new Object[] {pending.getFirst().size(), e.getMessage()});
    }
    pending.removeFirst();
  }
}
