package dev.leadline.balancer.probe;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.NanoClock;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Times every target of a group at the interval its policy asks for. A probe uses a connection that
 * is kept open, so that it measures the answer and not the handshake. A target that has not
 * answered by the time of the next probe counts as failed.
 */
public final class Prober {

  private final Vertx vertx;
  private final GroupRouter router;
  private final String path;
  private final Duration interval;
  private final NanoClock clock;
  private final WebClient client;
  private final Set<TargetState> underWay = new HashSet<>();

  /**
   * Makes a prober.
   *
   * @param path what to request
   * @param interval time between two probes of a target
   */
  public Prober(Vertx vertx, GroupRouter router, String path, Duration interval, NanoClock clock) {
    this.vertx = vertx;
    this.router = router;
    this.path = path;
    this.interval = interval;
    this.clock = clock;
    client =
        WebClient.create(
            vertx,
            new WebClientOptions().setFollowRedirects(false).setUserAgent("Leadline-Prober/1.0"));
  }

  /** Starts probing. */
  public void start() {
    for (TargetState target : router.states()) {
      probe(target);
      vertx.setPeriodic(interval.toMillis(), timer -> probe(target));
    }
  }

  private void probe(TargetState state) {
    if (!underWay.add(state)) {
      return; // Its own timeout is about to end it.
    }
    long start = clock.nanoTime();
    client
        .get(state.target().port(), state.target().address(), path)
        .timeout(interval.toMillis())
        .send()
        .onComplete(
            answer -> {
              boolean success = answer.statusCode() / 100 == 2;
              ended(state, success ? Optional.of(clock.nanoTime() - start) : Optional.empty());
            },
            cause -> ended(state, Optional.empty()));
  }

  private void ended(TargetState state, Optional<Long> responseNanos) {
    underWay.remove(state);
    router.probed(state, responseNanos);
  }
}
