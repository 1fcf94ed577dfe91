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
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a pick and a completion cost when two event loops share one router behind a lock, and when
 * each has its own: the default policy before eight targets.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@Threads(2)
public class SharedPickBenchmark {

  private static GroupRouter router() {
    List<Target> members = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      members.add(new Target("t" + i, "10.0.0.1", 80, 1));
    }
    return new GroupRouter(
        new TargetGroup("group", members),
        GroupSettings.of(Policies.DEFAULT),
        System::nanoTime,
        new SplittableRandom(1),
        ProbeRequests.NONE,
        RoutingObserver.NONE);
  }

  /** The router that all loops share. */
  @State(Scope.Benchmark)
  public static class Shared {
    final GroupRouter router = router();
    final ReentrantLock lock = new ReentrantLock();
  }

  /** A loop, with a router of its own and four requests on their way. */
  @State(Scope.Thread)
  public static class Loop implements PendingRequest {
    final GroupRouter own = router();
    final ArrayDeque<RequestInFlight> onTheirWay = new ArrayDeque<>();

    @Override
    public void forward(RequestInFlight inFlight) {
      onTheirWay.add(inFlight);
    }

    @Override
    public void refuse(Refusal reason) {
      throw new IllegalStateException("refused: " + reason);
    }

    void next(GroupRouter router) {
      if (onTheirWay.size() >= 4) {
        onTheirWay.remove().succeeded();
      }
      router.route(this);
    }
  }

  @Benchmark
  public void sharedBehindALock(Shared shared, Loop loop) {
    shared.lock.lock();
    try {
      loop.next(shared.router);
    } finally {
      shared.lock.unlock();
    }
  }

  @Benchmark
  public void oneForEachLoop(Loop loop) {
    loop.next(loop.own);
  }
}
