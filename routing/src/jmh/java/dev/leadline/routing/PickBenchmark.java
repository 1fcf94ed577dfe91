package dev.leadline.routing;

import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the choice of a target and the end of a request cost together, one request a target being on
 * their way, by policy and number of targets. Run by {@code tools/benchmark}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PickBenchmark {

  @Param({
    "leadline",
    "least_outstanding_requests",
    "peak_ewma",
    "prequal",
    "fastest",
    "cloudwatch",
    "round_robin",
    "random",
    "flow_hash"
  })
  public String policy;

  @Param({"4", "8", "32", "1000"})
  public int targets;

  private GroupRouter router;
  private final ArrayDeque<RequestInFlight> onTheirWay = new ArrayDeque<>();
  private final Asking asking = new Asking();

  /** Asks again and again: the request itself is the proxy's object, not the router's. */
  private final class Asking implements PendingRequest {
    long flow;

    @Override
    public void forward(RequestInFlight inFlight) {
      onTheirWay.add(inFlight);
    }

    @Override
    public void refuse(Refusal reason) {
      throw new IllegalStateException("refused: " + reason);
    }

    @Override
    public long flow() {
      return flow++;
    }
  }

  @Setup
  public void setUp() {
    List<Target> members = new ArrayList<>();
    for (int i = 0; i < targets; i++) {
      members.add(new Target("t" + i, "10.0.0.1", 80, 1));
    }
    router =
        new GroupRouter(
            new TargetGroup("group", members),
            GroupSettings.of(Policies.named(policy).orElseThrow().withDefaults()),
            System::nanoTime,
            new SplittableRandom(1),
            ProbeRequests.NONE,
            RoutingObserver.NONE);
    router.states().forEach(state -> router.probed(state, java.util.Optional.of(1_000_000L)));
    for (int i = 0; i < targets; i++) {
      router.route(asking);
    }
  }

  /** One request ends, another one gets a target; one that has to wait gets it when others end. */
  @Benchmark
  public void pickAndCompletion() {
    onTheirWay.remove().succeeded();
    router.route(asking);
  }
}
