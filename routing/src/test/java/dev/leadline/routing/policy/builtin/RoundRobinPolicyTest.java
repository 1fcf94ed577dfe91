package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.TestGroup;
import org.junit.jupiter.api.Test;

class RoundRobinPolicyTest {

  private static String order(TestGroup group, int requests) {
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < requests; i++) {
      order.append(group.open().target().target().id().charAt(1));
    }
    return order.toString();
  }

  @Test
  void takesTurns() {
    assertEquals("012012012", order(new TestGroup(new RoundRobinPolicy(), 1, 1, 1), 9));
  }

  /** Catches plain weighted rotation, which would send 0000012 and so a burst to one target. */
  @Test
  void mixesWeightsEvenly() {
    assertEquals("0010200", order(new TestGroup(new RoundRobinPolicy(), 5, 1, 1), 7));
  }

  /** Catches balances kept across a change: the returning target would get a burst of its own. */
  @Test
  void aTargetThatComesBackGetsNoBurst() {
    TestGroup group = new TestGroup(new RoundRobinPolicy(), 1, 1, 1);
    for (int i = 0; i < 3; i++) {
      group.health(i, true);
    }
    order(group, 100);
    group.health(2, false);
    order(group, 101);
    group.health(2, true);
    for (int i = 0; i < 10; i++) {
      String round = order(group, 3);
      assertEquals(1, round.chars().filter(c -> c == '2').count(), round);
    }
  }

  /** Catches sums kept in an int: a thousand targets of the greatest weight, over many rounds. */
  @Test
  void greatWeightsDoNotOverflow() {
    int[] weights = new int[1000];
    java.util.Arrays.fill(weights, 1000);
    TestGroup group = new TestGroup(new RoundRobinPolicy(), weights);
    var counts = group.sequential(10_000);
    assertEquals(1000, counts.size());
    assertTrue(counts.values().stream().allMatch(count -> count == 10));
  }

  @Test
  void aRotationSkipsWeightZero() {
    SmoothRotation rotation = new SmoothRotation(3);
    for (int i = 0; i < 10; i++) {
      assertEquals(1, rotation.next(new int[] {0, 2, 0}));
    }
    assertEquals(-1, rotation.next(new int[] {0, 0, 0}));
  }
}
