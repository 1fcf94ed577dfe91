package dev.leadline.balancer;

import dev.leadline.balancer.cloudwatch.CloudWatchPublisher;
import dev.leadline.balancer.config.BalancerConfig.CloudWatch;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.observe.WindowReading;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The publisher of metrics to CloudWatch, if the configuration has one, and how another one takes
 * its place. Belongs to the event loop of the {@link Balancer}.
 */
final class Publishing {

  private static final Duration FLUSH_LIMIT = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final Supplier<Future<List<WindowReading>>> readings;
  private final Supplier<Future<BalancerSnapshot>> whole;
  private @Nullable CloudWatchPublisher publisher;

  /**
   * @param readings reads all groups, and begins their next window
   * @param whole reads the balancer
   */
  Publishing(
      Vertx vertx,
      Supplier<Future<List<WindowReading>>> readings,
      Supplier<Future<BalancerSnapshot>> whole) {
    this.vertx = vertx;
    this.readings = readings;
    this.whole = whole;
  }

  void start(Optional<CloudWatch> config) {
    config.ifPresent(
        it -> {
          CloudWatchPublisher started =
              CloudWatchPublisher.toCloudWatch(vertx, it, readings, whole, InstantSource.system());
          started.start();
          publisher = started;
        });
  }

  /** Publishes by another configuration from now on, and what is left by the former one. */
  void change(Optional<CloudWatch> config) {
    CloudWatchPublisher former = publisher;
    publisher = null;
    if (former == null) {
      start(config);
      return;
    }
    former
        .stop()
        .onComplete(
            stopped -> {
              start(config);
              vertx.executeBlocking(
                  () -> {
                    former.flush(FLUSH_LIMIT);
                    return true;
                  });
            });
  }

  /** Takes the last figures. */
  Future<?> stop() {
    CloudWatchPublisher running = publisher;
    return running == null ? Future.succeededFuture() : running.stop();
  }

  /** Publishes what is left after {@link #stop}; blocks. */
  void flush() throws InterruptedException {
    CloudWatchPublisher running = publisher;
    if (running != null) {
      running.flush(FLUSH_LIMIT);
    }
  }
}
