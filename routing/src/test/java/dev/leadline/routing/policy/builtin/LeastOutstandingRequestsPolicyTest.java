package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeastOutstandingRequestsPolicyTest {

  private final TestGroup group =
      new TestGroup(new LeastOutstandingRequestsPolicy(), TestGroup.equal(3));

  @Test
  void choosesTheTargetWithTheFewestInFlight() {
    List<RequestInFlight> open = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      open.add(group.open());
    }
    open.stream().filter(r -> r.target().index() == 1).forEach(RequestInFlight::succeeded);
    assertEquals(1, group.open().target().index());
    assertEquals(1, group.open().target().index());
    // Now all have two; the next three spread.
    assertEquals(
        3,
        List.of(group.open(), group.open(), group.open()).stream()
            .map(r -> r.target().index())
            .distinct()
            .count());
  }

  /** Catches ties that always go to the first: under light load it would get every request. */
  @Test
  void equalsTakeTurns() {
    assertEquals(java.util.Map.of("t0", 3, "t1", 3, "t2", 3), group.sequential(9));
  }

  /** Catches a policy that forgets that requests which failed or were given up are over too. */
  @Test
  void everyEndFreesItsPlace() {
    for (int i = 0; i < 30; i++) {
      RequestInFlight request = group.open();
      switch (i % 3) {
        case 0 -> request.succeeded();
        case 1 -> request.failed();
        default -> request.ignored();
      }
    }
    group.router.states().forEach(state -> assertEquals(0, state.requestsInFlight()));
  }
}
