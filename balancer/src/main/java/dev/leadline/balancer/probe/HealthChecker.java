package dev.leadline.balancer.probe;

import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.balancer.proxy.RouterAccess;
import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks every target of a group at its interval, from the start on. Each check has a connection of
 * its own: whether a target still accepts connections is part of the question.
 */
public final class HealthChecker {

  private final Vertx vertx;
  private final RouterAccess access;
  private final GroupRouter router;
  private final HealthCheck check;
  private final WebClient client;

  /** A checker that tells the router what it finds. */
  public HealthChecker(Vertx vertx, RouterAccess access, GroupRouter router, HealthCheck check) {
    this.vertx = vertx;
    this.access = access;
    this.router = router;
    this.check = check;
    client =
        WebClient.create(
            vertx,
            new WebClientOptions()
                .setKeepAlive(false)
                .setFollowRedirects(false)
                .setConnectTimeout((int) check.timeout().toMillis())
                .setUserAgent("Leadline-HealthChecker/1.0"));
  }

  /** Starts checking; the result comes when every target has been checked once. */
  public Future<?> start() {
    vertx.setPeriodic(check.interval().toMillis(), timer -> checkAll());
    return Future.join(checkAll()).otherwiseEmpty();
  }

  /** Checks every target of the group now, beside the interval: there may be new ones. */
  public List<Future<?>> checkAll() {
    List<Future<?>> checks = new ArrayList<>();
    for (TargetState target : access.ask(() -> List.copyOf(router.states()))) {
      if (!target.hasLeft()) {
        checks.add(check(target));
      }
    }
    return checks;
  }

  private Future<?> check(TargetState state) {
    return client
        .get(state.target().port(), state.target().address(), check.path())
        .timeout(check.timeout().toMillis())
        .send()
        .onComplete(
            answer -> tell(state, answer.statusCode() / 100 == 2), cause -> tell(state, false));
  }

  private void tell(TargetState state, boolean success) {
    access.run(() -> router.checked(state, success));
  }
}
