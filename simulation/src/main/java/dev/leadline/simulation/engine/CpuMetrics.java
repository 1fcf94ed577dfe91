package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.List;

/**
 * The servers' CPU metric as CloudWatch would show it: the share of busy workers in percent,
 * averaged over whole periods. A period's value can be read as soon as the period is over. A frozen
 * server shows 0.
 */
final class CpuMetrics {

  private final EventQueue events;
  private final List<SimulatedServer> servers;
  private final double[] busySecondsBefore;
  private final double[] percent;
  private long publishedNanos = -1;

  CpuMetrics(EventQueue events, List<SimulatedServer> servers, Duration period) {
    this.events = events;
    this.servers = servers;
    busySecondsBefore = new double[servers.size()];
    percent = new double[servers.size()];
    events.every(period.toNanos(), () -> publish(period));
  }

  /** From now on the router gets the metric as often as it asks for it. */
  void feed(GroupRouter router, MetricQuery query) {
    events.every(query.refresh().toNanos(), () -> report(router, query));
  }

  private void publish(Duration period) {
    publishedNanos = events.nowNanos();
    for (int i = 0; i < percent.length; i++) {
      double busySeconds = servers.get(i).busySeconds();
      percent[i] = 100 * (busySeconds - busySecondsBefore[i]) / (period.toNanos() / 1e9);
      busySecondsBefore[i] = busySeconds;
    }
  }

  private void report(GroupRouter router, MetricQuery query) {
    Duration age = Duration.ofNanos(events.nowNanos() - publishedNanos);
    if (publishedNanos < 0 || age.compareTo(query.maxAge()) > 0) {
      return;
    }
    for (TargetState target : router.states()) {
      router.measured(target, percent[Simulation.number(target)], age);
    }
  }
}
