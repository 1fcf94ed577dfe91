package dev.leadline.balancer;

import dev.leadline.balancer.cloudwatch.MetricReader;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.probe.HealthChecker;
import dev.leadline.balancer.probe.Prober;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What finds something out about the targets of one group: health checks, and the probes and the
 * metric that its policy needs. Runs once, whatever the number of event loops is. Not thread-safe:
 * it belongs to the event loop of the {@link Balancer}.
 */
final class GroupChecks {

  private final Group group;
  private final HealthChecker checker;
  private final Optional<Prober> prober;
  private final Optional<MetricReader> reader;
  private final Supplier<List<Target>> targets;
  private final Consumer<Consumer<ProxyGroup>> loops;
  private boolean stopped;

  /**
   * @param targets the targets of the group, whenever it looks
   * @param loops does something to the group on each event loop
   */
  GroupChecks(
      Vertx vertx,
      Group group,
      Supplier<List<Target>> targets,
      Consumer<Consumer<ProxyGroup>> loops) {
    this.group = group;
    this.targets = targets;
    this.loops = loops;
    String path = group.healthCheck().path();
    checker =
        new HealthChecker(
            vertx,
            group.healthCheck(),
            group.wire(),
            targets,
            (target, failure) -> found(it -> it.checked(target, failure)));
    prober =
        group
            .policy()
            .probeInterval()
            .map(
                interval ->
                    new Prober(
                        vertx,
                        path,
                        group.wire(),
                        interval,
                        (target, nanos) -> found(it -> it.probed(target, nanos))));
    reader =
        group
            .policy()
            .metric()
            .map(
                metric ->
                    MetricReader.ofCloudWatch(
                        vertx,
                        group.name(),
                        metric,
                        targets,
                        (target, value, trueAt) ->
                            found(it -> it.measured(target, value, trueAt))));
  }

  /** Starts; the result comes when every target has been checked once. */
  Future<?> start() {
    group
        .policy()
        .probeInterval()
        .ifPresent(interval -> prober.orElseThrow().sendEvery(interval, targets));
    reader.ifPresent(MetricReader::start);
    return checker.start();
  }

  /** Whether these checks are what the changed group needs too, whatever its targets are. */
  boolean suit(Group changed) {
    return changed.healthCheck().equals(group.healthCheck())
        && changed.wire().equals(group.wire())
        && changed.policy().probeInterval().equals(group.policy().probeInterval())
        && changed.policy().metric().equals(group.policy().metric());
  }

  /** Checks all targets now: there may be new ones. */
  void checkNow() {
    checker.checkAll();
  }

  /** Finds nothing out any more, whatever is on its way. */
  void stop() {
    stopped = true;
    checker.stop();
    prober.ifPresent(Prober::stop);
    reader.ifPresent(MetricReader::stop);
  }

  private void found(Consumer<ProxyGroup> what) {
    if (!stopped) {
      loops.accept(what);
    }
  }
}
