package dev.leadline.routing.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import java.util.HashMap;
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
    homes(new TestGroup(new FlowHashPolicy(0), 1, 2, 5))
        .values()
        .forEach(home -> counts.merge(home, 1, Integer::sum));
    assertEquals(FLOWS / 8.0, counts.getOrDefault("t0", 0), 200);
    assertEquals(FLOWS * 5 / 8.0, counts.getOrDefault("t2", 0), 250);
  }

  /** Catches a single client that swamps its target while the others idle. */
  @Test
  void oneFlowDoesNotSwampATarget() {
    TestGroup bound = new TestGroup(new FlowHashPolicy(1.25), 1, 1, 1, 1);
    TestGroup free = new TestGroup(new FlowHashPolicy(0), 1, 1, 1, 1);
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
}
