package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A group with a router, a clock that stands still until it is told, and short words for what tests
 * do.
 */
public final class TestGroup {

  public final GroupRouter router;
  public final List<TargetState> asksForProbes = new ArrayList<>();
  public long nowNanos;
  private long flows;

  public TestGroup(RoutingPolicy policy, int... weights) {
    this(policy, RoutingObserver.NONE, weights);
  }

  public TestGroup(RoutingPolicy policy, RoutingObserver observer, int... weights) {
    this(1, policy, observer, weights);
  }

  /** A group with random numbers and flows of its own. */
  public static TestGroup seeded(long seed, RoutingPolicy policy, int... weights) {
    return new TestGroup(seed, policy, RoutingObserver.NONE, weights);
  }

  private TestGroup(long seed, RoutingPolicy policy, RoutingObserver observer, int... weights) {
    flows = (seed - 1) * 1_000_000;
    List<Target> targets = new ArrayList<>();
    for (int weight : weights) {
      targets.add(new Target("t" + targets.size(), "10.0.0.1", 8000 + targets.size(), weight));
    }
    router =
        new GroupRouter(
            new TargetGroup("group", targets),
            GroupSettings.of(policy).withThresholds(new HealthThresholds(2, 2)),
            () -> nowNanos,
            new SplittableRandom(seed),
            asksForProbes::add,
            observer);
  }

  /** Weights of so many equal targets. */
  public static int[] equal(int targets) {
    int[] weights = new int[targets];
    java.util.Arrays.fill(weights, 1);
    return weights;
  }

  /** Routes a request that has to get a target at once. */
  public RequestInFlight open() {
    Asked asked = ask();
    return Objects.requireNonNull(asked.inFlight, "the request got no target");
  }

  /** Routes a request, whatever comes. */
  public Asked ask() {
    return ask(flows++);
  }

  /** The same as one of this flow. */
  public Asked ask(long flow) {
    return ask(flow, null);
  }

  /** The same for the second time: this target has it already. */
  public Asked ask(long flow, @Nullable TargetState avoid) {
    Asked asked = new Asked(flow, avoid);
    router.route(asked);
    return asked;
  }

  /** The same as one that belongs to a target. */
  public Asked askFor(TargetState preferred) {
    Asked asked = new Asked(flows++, null);
    asked.preferred = preferred;
    router.route(asked);
    return asked;
  }

  /** From now on the targets with these numbers are the group, each of weight 1. */
  public void update(int... numbers) {
    List<Target> targets = new ArrayList<>();
    for (int number : numbers) {
      targets.add(new Target("t" + number, "10.0.0.1", 8000 + number % 50_000, 1));
    }
    router.update(new TargetGroup("group", targets));
  }

  public void measured(int index, double value) {
    router.measured(state(index), value, Duration.ZERO);
  }

  /** Sends requests one after the other and counts where they went. */
  public Map<String, Integer> sequential(int requests) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < requests; i++) {
      RequestInFlight inFlight = open();
      counts.merge(inFlight.target().target().id(), 1, Integer::sum);
      inFlight.succeeded();
    }
    return counts;
  }

  public TargetState state(int index) {
    return router.states().get(index);
  }

  /** Makes the verdict on a target certain. */
  public void health(int index, boolean healthy) {
    router.checked(state(index), healthy);
    router.checked(state(index), healthy);
  }

  public void probed(int index, long nanos) {
    router.probed(state(index), Optional.of(nanos));
  }

  public void probeFailed(int index) {
    router.probed(state(index), Optional.empty());
  }

  /** A request that remembers its answer. */
  public static final class Asked implements PendingRequest {
    public @Nullable RequestInFlight inFlight;
    private final long flow;
    private final @Nullable TargetState avoid;
    private @Nullable TargetState preferred;
    public boolean refused;
    public @Nullable Refusal reason;

    Asked(long flow, @Nullable TargetState avoid) {
      this.flow = flow;
      this.avoid = avoid;
    }

    @Override
    public @Nullable TargetState avoid() {
      return avoid;
    }

    @Override
    public @Nullable TargetState preferred() {
      return preferred;
    }

    @Override
    public long flow() {
      return flow;
    }

    @Override
    public void forward(RequestInFlight chosen) {
      inFlight = chosen;
    }

    @Override
    public void refuse(Refusal why) {
      reason = why;
      refused = true;
    }

    public boolean isWaiting() {
      return inFlight == null && !refused;
    }

    public String target() {
      return Objects.requireNonNull(inFlight, "no target").target().target().id();
    }
  }
}
