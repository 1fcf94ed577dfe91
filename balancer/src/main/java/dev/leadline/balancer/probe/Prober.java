package dev.leadline.balancer.probe;

import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.balancer.proxy.RouterAccess;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Times targets for policies: all of them at the interval the policy asks for, or one at a time
 * when it asks. A probe requests the health check's path over a connection that is kept open, so
 * that it measures the answer and not the handshake. A target has one probe under way at most; one
 * that is not answered in time has failed. Whichever event loop a policy asks on, all of this
 * happens in events of the router.
 */
public final class Prober implements ProbeRequests {

  private final Vertx vertx;
  private final RouterAccess access;
  private final String path;
  private final NanoClock clock;
  private final BooleanSupplier budget;
  private final WebClient client;
  private final Set<TargetState> underWay = new HashSet<>();
  private @Nullable GroupRouter router;
  private Duration timeout;

  /**
   * Makes a prober.
   *
   * @param check its path is requested, its timeout holds for probes that a policy asks for
   * @param budget asked before each of these
   */
  public Prober(
      Vertx vertx,
      RouterAccess access,
      HealthCheck check,
      NanoClock clock,
      BooleanSupplier budget) {
    this.vertx = vertx;
    this.access = access;
    this.path = check.path();
    this.clock = clock;
    this.budget = budget;
    timeout = check.timeout();
    client =
        WebClient.create(
            vertx,
            new WebClientOptions().setFollowRedirects(false).setUserAgent("Leadline-Prober/1.0"));
  }

  /** Tells this router from now on, and probes all its targets at the interval, if there is one. */
  public void start(GroupRouter told, Optional<Duration> interval) {
    router = told;
    interval.ifPresent(
        every -> {
          timeout = every;
          sendToAll(told);
          vertx.setPeriodic(every.toMillis(), timer -> sendToAll(told));
        });
  }

  private void sendToAll(GroupRouter told) {
    access.run(() -> told.states().forEach(this::send));
  }

  @Override
  public boolean probe(TargetState target) {
    if (underWay.contains(target) || !budget.getAsBoolean()) {
      return false;
    }
    send(target);
    return true;
  }

  private void send(TargetState state) {
    if (state.hasLeft() || !underWay.add(state)) {
      return; // The timeout of the one under way is about to end it.
    }
    long start = clock.nanoTime();
    client
        .get(state.target().port(), state.target().address(), path)
        .timeout(timeout.toMillis())
        .send()
        .onComplete(
            answer -> {
              boolean success = answer.statusCode() / 100 == 2;
              ended(state, success ? Optional.of(clock.nanoTime() - start) : Optional.empty());
            },
            cause -> ended(state, Optional.empty()));
  }

  private void ended(TargetState state, Optional<Long> responseNanos) {
    access.run(
        () -> {
          underWay.remove(state);
          GroupRouter told = router;
          if (told != null) {
            told.probed(state, responseNanos);
          }
        });
  }
}
