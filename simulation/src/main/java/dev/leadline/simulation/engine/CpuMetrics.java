package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.policy.MetricQuery;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.List;

/**
 * What CloudWatch would show of the servers: the share of their workers that were busy, in percent,
 * averaged over whole periods. A period's figure can be read as soon as the period is over, which
 * is as fresh as it gets. A frozen server shows nothing: its process does not run.
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

  /** From now on the router is told what it asked for. */
  void feed(GroupRouter router, MetricQuery query) {
    events.every(query.refresh().toNanos(), () -> tell(router, query));
  }

  private void publish(Duration period) {
    publishedNanos = events.nowNanos();
    for (int i = 0; i < percent.length; i++) {
      double busySeconds = servers.get(i).busySeconds();
      percent[i] = 100 * (busySeconds - busySecondsBefore[i]) / (period.toNanos() / 1e9);
      busySecondsBefore[i] = busySeconds;
    }
  }

  private void tell(GroupRouter router, MetricQuery query) {
    Duration age = Duration.ofNanos(events.nowNanos() - publishedNanos);
    if (publishedNanos < 0 || age.compareTo(query.maxAge()) > 0) {
      return;
    }
    for (TargetState target : router.states()) {
      router.measured(target, percent[Simulation.number(target)], age);
    }
  }
}
