package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.balancer.observe.TargetAttempt.Result;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends of requests that did not take place, and what there is to see of groups that do not run. */
public final class TestEnds {

  private static final TargetState TARGET =
      new TargetState(
          new Target("t", "127.0.0.1", 1, 1), 0, new TargetHealth(new HealthThresholds(1, 1)));

  private record Attempt(
      Purpose purpose, Result result, int status, long connectedNanos, long responseNanos)
      implements TargetAttempt {
    @Override
    public TargetState target() {
      return TARGET;
    }

    @Override
    public long chosenNanos() {
      return 0;
    }

    @Override
    public long firstByteNanos() {
      return result == Result.ANSWERED ? connectedNanos + responseNanos : RequestEnd.NEVER;
    }

    @Override
    public long endNanos() {
      return connectedNanos + responseNanos;
    }
  }

  private TestEnds() {}

  /** A target answered, so long after the request was sent. */
  public static RequestEnd answered(int status, long nanos) {
    return end(null, new Attempt(Purpose.FIRST, Result.ANSWERED, status, 0, nanos));
  }

  /** A target answered, so long after the request was sent, which was so long after its arrival. */
  public static RequestEnd answeredAfterWaiting(long waitedNanos, long nanos) {
    return end(null, new Attempt(Purpose.FIRST, Result.ANSWERED, 200, waitedNanos, nanos));
  }

  /** The only target refused the connection. */
  public static RequestEnd notConnected() {
    return end(
        EndReason.CONNECT_REFUSED, new Attempt(Purpose.FIRST, Result.NOT_CONNECTED, 0, 0, 0));
  }

  private static RequestEnd end(@Nullable EndReason reason, Attempt attempt) {
    return new RequestEnd(
        0,
        null,
        HttpMethod.GET,
        "/",
        null,
        "group",
        List.of(attempt),
        reason == null ? attempt.status() : reason.status(),
        reason,
        0,
        0,
        0,
        0,
        null,
        null);
  }

  /** A balancer of which there is only this to see. */
  public static BalancerSnapshot balancer(
      int clientConnections, long newConnections, long bytes, GroupSnapshot... groups) {
    return new BalancerSnapshot(
        1,
        3,
        0,
        2,
        1,
        5,
        4,
        new LimitUse(clientConnections, 0, 0, 0, 0),
        new Traffic(newConnections, bytes),
        new BalancerMeter().counts(),
        PeersSnapshot.OFF,
        List.of(groups));
  }

  /** A group of which there is only this to see. */
  public static GroupSnapshot group(
      String name, GroupMeter meter, int healthyTargets, int unhealthyTargets) {
    List<TargetSnapshot> targets = new ArrayList<>();
    for (int i = 0; i < healthyTargets + unhealthyTargets; i++) {
      TargetHealth health = new TargetHealth(new HealthThresholds(1, 1));
      health.checked(i < healthyTargets);
      TargetState state = new TargetState(new Target("t" + i, "127.0.0.1", 1, 1), i, health);
      state.probed(1_000_000);
      targets.add(TargetSnapshot.of(state, false, 2, meter.counts(state), 1.5));
    }
    return new GroupSnapshot(
        name, "test", meter.counts(), 0, 0, 0, 0, false, 0, targets, MembershipSnapshot.NONE);
  }
}
