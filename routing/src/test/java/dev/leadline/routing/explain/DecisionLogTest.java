package dev.leadline.routing.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.TestGroup;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecisionLogTest {

  private static final long MILLISECOND = 1_000_000;

  private final TestGroup group = new TestGroup(new LeastOutstandingRequestsPolicy(), 1, 1);

  @Test
  void aChoiceIsToldAsItWasMade() {
    group.open();
    group.nowNanos += 5 * MILLISECOND;
    String chosen = group.open().target().target().id();
    group.nowNanos += 7 * MILLISECOND;

    List<Decision> decisions = group.router.decisions(10);
    assertEquals(2, decisions.size());
    Decision last = decisions.get(0);
    assertEquals(chosen, last.answer());
    assertEquals(7 * MILLISECOND, last.agoNanos());
    assertEquals(0, last.held());
    assertEquals(
        List.of(0, 1),
        last.candidates().stream().map(Decision.Candidate::requestsInFlight).sorted().toList());
    for (Decision.Candidate candidate : last.candidates()) {
      assertEquals(candidate.requestsInFlight() + 1, candidate.load(), "with this request");
    }
    assertEquals(12 * MILLISECOND, decisions.get(1).agoNanos());
  }

  /** Its cost must not count: of a burst only the first choice of a millisecond is kept. */
  @Test
  void atMostOneAMillisecondIsKept() {
    for (int i = 0; i < 10; i++) {
      group.open().succeeded();
    }
    assertEquals(1, group.router.decisions(100).size());
    group.nowNanos += MILLISECOND - 1;
    group.open().succeeded();
    assertEquals(1, group.router.decisions(100).size());
    group.nowNanos += 1;
    group.open().succeeded();
    assertEquals(2, group.router.decisions(100).size());
  }

  @Test
  void theNewestAreKeptAndComeFirst() {
    for (int i = 0; i < DecisionLog.SIZE + 3; i++) {
      group.nowNanos += 2 * MILLISECOND;
      group.open().succeeded();
    }
    List<Decision> decisions = group.router.decisions(1000);
    assertEquals(DecisionLog.SIZE, decisions.size());
    assertEquals(0, decisions.get(0).agoNanos());
    assertEquals(
        2 * MILLISECOND * (DecisionLog.SIZE - 1), decisions.get(DecisionLog.SIZE - 1).agoNanos());
    assertEquals(3, group.router.decisions(3).size());
  }

  static List<PolicyType> everyPolicy() {
    return Policies.all();
  }

  /** Catches a policy that cannot say why it chose. */
  @ParameterizedTest
  @MethodSource("everyPolicy")
  void everyPolicyNamesItsRule(PolicyType type) {
    TestGroup any = new TestGroup(type.withDefaults(), 1, 1);
    any.ask();
    Decision decision = any.router.decisions(1).get(0);
    assertFalse(decision.rule().isBlank(), type.toString());
    assertTrue(decision.candidates().size() == 2);
  }
}
