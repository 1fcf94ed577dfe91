package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FlowHashPolicyTest {

  private static final int FLOWS = 10_000;

  private static Map<Long, String> homes(TestGroup group) {
    Map<Long, String> homes = new HashMap<>();
    for (long flow = 0; flow < FLOWS; flow++) {
      RequestInFlight request = Objects.requireNonNull(group.ask(flow).inFlight);
      homes.put(flow, request.target().target().id());
      request.succeeded();
    }
    return homes;
  }

  @Test
  void aFlowStaysWithItsTarget() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1);
    assertEquals(homes(group), homes(group));
  }

  /** Catches a hash modulo the number of targets, which would move four flows of five. */
  @Test
  void onlyTheFlowsOfTheTargetThatLeftMove() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1, 1);
    Map<Long, String> before = homes(group);
    group.update(0, 1, 2, 4);
    Map<Long, String> after = homes(group);
    before.forEach(
        (flow, home) -> {
          if (!home.equals("t3")) {
            assertEquals(home, after.get(flow));
          }
        });
    group.update(0, 1, 2, 3, 4);
    assertEquals(before, homes(group), "and they come back to it");
  }

  @Test
  void aTargetHasFlowsAsItsWeightSays() {
    Map<String, Integer> counts = new HashMap<>();
    homes(new TestGroup(new FlowHashPolicy(1000), 1, 2, 5))
        .values()
        .forEach(home -> counts.merge(home, 1, Integer::sum));
    assertEquals(FLOWS / 8.0, counts.getOrDefault("t0", 0), 200);
    assertEquals(FLOWS * 5 / 8.0, counts.getOrDefault("t2", 0), 250);
  }

  /** Catches a slot that remembers who has won it after the candidates changed. */
  @Test
  void flowsOfAnUnfitTargetMoveAndComeBack() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1);
    Map<Long, String> before = homes(group);
    for (int i = 0; i < 4; i++) {
      group.health(i, i != 2);
    }
    Map<Long, String> without = homes(group);
    before.forEach(
        (flow, home) -> assertEquals(!home.equals("t2"), home.equals(without.get(flow))));
    group.health(2, true);
    assertEquals(before, homes(group));
  }

  /** Unequal weights are compared by another formula: flows must not move for that. */
  @Test
  void aTargetOfAnotherWeightTakesFlowsFromAllAndMovesNoOthers() {
    Map<Long, String> before = homes(new TestGroup(new FlowHashPolicy(1000), 1, 1, 1, 0));
    Map<Long, String> after = homes(new TestGroup(new FlowHashPolicy(1000), 1, 1, 1, 2));
    int moved = 0;
    for (Map.Entry<Long, String> flow : after.entrySet()) {
      if (flow.getValue().equals("t3")) {
        moved++;
      } else {
        assertEquals(before.get(flow.getKey()), flow.getValue());
      }
    }
    assertEquals(FLOWS * 2 / 5.0, moved, 250);
  }

  /**
   * A second attempt avoids its target: whoever would be next without it, and nobody else moves.
   */
  @Test
  void whatIsLeftOutForOneRequestIsNotForgottenForTheNext() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1000), 1, 1, 1);
    Map<Long, String> before = homes(group);
    for (long flow = 0; flow < 200; flow++) {
      RequestInFlight first = Objects.requireNonNull(group.ask(flow).inFlight);
      RequestInFlight second = Objects.requireNonNull(group.ask(flow, first.target()).inFlight);
      assertNotEquals(first.target(), second.target());
      first.failed();
      second.succeeded();
      group.sequential(5);
    }
    assertEquals(before, homes(group));
  }

  /** Catches a single client that swamps its target while the others idle. */
  @Test
  void oneFlowDoesNotSwampATarget() {
    TestGroup bound = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1);
    TestGroup free = new TestGroup(new FlowHashPolicy(1000), 1, 1, 1, 1);
    for (int i = 0; i < 100; i++) {
      bound.ask(7);
      free.ask(7);
    }
    int most = 0;
    int mostFree = 0;
    for (int i = 0; i < 4; i++) {
      most = Math.max(most, bound.state(i).requestsInFlight());
      mostFree = Math.max(mostFree, free.state(i).requestsInFlight());
    }
    assertTrue(most <= 32, most + " of 100 at one of four targets");
    assertEquals(100, mostFree);
  }

  /** Catches a second choice that is always the same neighbour: it would be the next to drown. */
  @Test
  void whatDoesNotFitIsSpreadOverTheOthers() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1.25), TestGroup.equal(8));
    homes(group).entrySet().stream()
        .filter(flow -> flow.getValue().equals("t0"))
        .limit(200)
        .forEach(flow -> group.ask(flow.getKey()));
    assertEquals(200, group.router.states().stream().mapToInt(TargetState::requestsInFlight).sum());
    for (int i = 1; i < 8; i++) {
      assertTrue(group.state(i).requestsInFlight() >= 12, group.state(i) + " is left out");
    }
  }

  /** Catches a count of requests in flight that ends of requests, changes or departures upset. */
  @Test
  void theBoundHoldsWhateverHappened() {
    TestGroup group = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1);
    for (int round = 0; round < 50; round++) {
      List<RequestInFlight> open = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        open.add(Objects.requireNonNull(group.ask(i % 5).inFlight));
      }
      group.health(round % 3, round % 2 == 0);
      open.forEach(round % 5 == 0 ? RequestInFlight::failed : RequestInFlight::succeeded);
      group.update(0, 1, 2, 3 + round % 2);
      group.nowNanos += 60_000_000_000L;
      group.router.tick();
    }
    for (int i = 0; i < 4; i++) {
      group.health(i, true);
    }
    for (int i = 0; i < 100; i++) {
      group.ask(7);
    }
    for (int i = 0; i < 4; i++) {
      assertTrue(group.state(i).requestsInFlight() <= 32, group.state(i) + " has too many");
    }
    assertEquals(
        32, group.router.states().stream().mapToInt(TargetState::requestsInFlight).max().orElse(0));
  }
}
