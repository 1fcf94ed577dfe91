package dev.leadline.balancer.probe;

import dev.leadline.routing.target.Target;
import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Times targets for policies. A probe requests the health check's path over a connection that is
 * kept open, so that it measures the answer and not the handshake. A target has one probe under way
 * at most; one that is not answered in time has failed. Not thread-safe: it belongs to one event
 * loop.
 */
public final class Prober {

  /** Hears how probes end. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A probe of this target ended.
     *
     * @param responseNanos how long the target took to answer; empty if it failed
     */
    void probed(Target target, Optional<Long> responseNanos);
  }

  private final Vertx vertx;
  private final String path;
  private final Duration timeout;
  private final Listener listener;
  private final WebClient client;
  private final Set<Target> underWay = new HashSet<>();

  /**
   * Makes a prober.
   *
   * @param path to request
   * @param timeout after which a probe has failed
   */
  public Prober(Vertx vertx, String path, Duration timeout, Listener listener) {
    this.vertx = vertx;
    this.path = path;
    this.timeout = timeout;
    this.listener = listener;
    client =
        WebClient.create(
            vertx,
            new WebClientOptions().setFollowRedirects(false).setUserAgent("Leadline-Prober/1.0"));
  }

  /** Probes all targets now and at this interval from now on. */
  public void sendEvery(Duration interval, Supplier<List<Target>> targets) {
    targets.get().forEach(this::send);
    vertx.setPeriodic(interval.toMillis(), timer -> targets.get().forEach(this::send));
  }

  /** Whether no probe of this target is under way. */
  public boolean isIdle(Target target) {
    return !underWay.contains(target);
  }

  /** Sends a probe to this target; nothing happens if one is under way. */
  public void send(Target target) {
    if (!underWay.add(target)) {
      return; // Its timeout is about to end it.
    }
    long start = System.nanoTime();
    client
        .get(target.port(), target.address(), path)
        .timeout(timeout.toMillis())
        .send()
        .onComplete(
            answer -> {
              boolean success = answer.statusCode() / 100 == 2;
              ended(target, success ? Optional.of(System.nanoTime() - start) : Optional.empty());
            },
            cause -> ended(target, Optional.empty()));
  }

  private void ended(Target target, Optional<Long> responseNanos) {
    underWay.remove(target);
    listener.probed(target, responseNanos);
  }
}
