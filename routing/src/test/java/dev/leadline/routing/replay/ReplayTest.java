package dev.leadline.routing.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.policy.DefaultSettings;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.policy.builtin.RoundRobinPolicy;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplayTest {

  private static final int EVENTS = 20_000;

  static Stream<GroupSettings> settings() {
    return Policies.all().stream()
        .map(type -> type.factory().apply(new DefaultSettings()))
        .flatMap(policy -> Stream.of(GroupSettings.of(policy), protectedBy(policy)));
  }

  private static GroupSettings protectedBy(RoutingPolicy policy) {
    return GroupSettings.of(policy)
        .withSlowStart(new SlowStart(Duration.ofSeconds(2), 1, 0.1))
        .withLimits(new ConcurrencyLimit.Rules(3, 20, Duration.ofMillis(50)));
  }

  private static TargetGroup group(int... numbers) {
    return new TargetGroup(
        "group",
        IntStream.of(numbers)
            .mapToObj(n -> new Target("a/t" + n, "10.0.0.1", 80 + n, 1 + n % 3))
            .toList());
  }

  private static final class Asked implements PendingRequest {
    private final long flow;
    private final List<RequestInFlight> open;
    private final List<Asked> waiting;

    Asked(long flow, List<RequestInFlight> open, List<Asked> waiting) {
      this.flow = flow;
      this.open = open;
      this.waiting = waiting;
      waiting.add(this);
    }

    @Override
    public void forward(RequestInFlight inFlight) {
      waiting.remove(this);
      open.add(inFlight);
    }

    @Override
    public void refuse(Refusal reason) {
      waiting.remove(this);
    }

    @Override
    public long flow() {
      return flow;
    }
  }

  /** Anything that can happen to a router, by lot. */
  private static List<String> recorded(GroupSettings settings) {
    long[] now = new long[1];
    SplittableRandom random = new SplittableRandom(5);
    GroupRouter router =
        new GroupRouter(
            group(0, 1, 2, 3, 4),
            settings,
            () -> now[0],
            new SplittableRandom(9),
            target -> random.nextBoolean(),
            RoutingObserver.NONE);
    Recording recording = new Recording();
    router.record(recording);
    List<RequestInFlight> open = new ArrayList<>();
    List<Asked> waiting = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      now[0] += random.nextInt(2_000_000);
      TargetState target = router.states().get(random.nextInt(router.group().targets().size()));
      switch (random.nextInt(40)) {
        case 0 -> router.tick();
        case 1 -> router.checked(target, random.nextInt(5) > 0);
        case 2 ->
            router.probed(
                target,
                random.nextInt(5) == 0
                    ? Optional.empty()
                    : Optional.of(random.nextLong(10_000_000)));
        case 3 -> router.measured(target, 100 * random.nextDouble(), Duration.ofSeconds(1));
        case 4 -> {
          if (!waiting.isEmpty()) {
            router.withdraw(waiting.remove(random.nextInt(waiting.size())));
          }
        }
        case 5 -> {
          if (random.nextInt(20) == 0) {
            router.update(group(random.ints(0, 9).distinct().limit(5).toArray()));
          }
        }
        default -> {
          if (open.size() < 15 && random.nextBoolean()) {
            router.route(new Asked(random.nextLong(), open, waiting));
          } else if (!open.isEmpty()) {
            RequestInFlight ends = open.remove(random.nextInt(open.size()));
            switch (random.nextInt(8)) {
              case 0 -> ends.failed();
              case 1 -> ends.ignored();
              default -> ends.succeeded();
            }
          }
        }
      }
    }
    return recording.lines();
  }

  /** Catches a hidden clock, a hidden random source, or state that outlives a router. */
  @ParameterizedTest
  @MethodSource("settings")
  void aReplayComesToTheSameAnswers(GroupSettings settings) {
    List<String> lines = recorded(settings);
    List<String> answers = Recording.answers(lines);
    assertTrue(answers.size() > EVENTS / 4, "only " + answers.size() + " requests");
    assertEquals(answers, Replay.answers(lines, settings, new SplittableRandom(9)));
  }

  /** Catches a replay that copies the recorded answers. */
  @Test
  void anotherPolicyComesToOthers() {
    List<String> lines = recorded(GroupSettings.of(new RoundRobinPolicy()));
    GroupSettings leadline = GroupSettings.of(Policies.DEFAULT);
    assertNotEquals(
        Recording.answers(lines), Replay.answers(lines, leadline, new SplittableRandom(9)));
  }

  @Test
  void whatIsNoRecordingIsRefused() {
    GroupSettings any = GroupSettings.of(Policies.DEFAULT);
    SplittableRandom random = new SplittableRandom(1);
    assertThrows(IllegalArgumentException.class, () -> Replay.answers(List.of(), any, random));
    assertThrows(
        IllegalArgumentException.class, () -> Replay.answers(List.of("5 tick"), any, random));
    for (String wrong :
        List.of("5 tock", "x tick", "5", "5 ended 7 SUCCEEDED", "5 checked b true")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> Replay.answers(List.of("0 group g a/10.0.0.1/80/1", wrong), any, random));
      assertTrue(String.valueOf(e.getMessage()).contains(wrong));
    }
  }
}
