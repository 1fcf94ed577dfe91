package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.TestGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrequalPolicyTest {

  private static TestGroup group(int targets) {
    return new TestGroup(PrequalPolicy.DEFAULT, TestGroup.equal(targets));
  }

  /** Sends a request that ends at once; where it went. */
  private static String route(TestGroup group) {
    TestGroup.Asked asked = group.ask();
    String target = asked.target();
    java.util.Objects.requireNonNull(asked.inFlight).succeeded();
    return target;
  }

  @Test
  void everyRequestAsksThreeDifferentTargets() {
    TestGroup group = group(8);
    for (int i = 0; i < 100; i++) {
      group.asksForProbes.clear();
      route(group);
      assertEquals(3, new HashSet<>(group.asksForProbes).size());
    }
    TestGroup two = group(2);
    route(two);
    assertEquals(2, two.asksForProbes.size(), "no more than there are");
  }

  @Test
  void theQuickestProbeOfTheColdOnesWins() {
    TestGroup group = group(4);
    for (int i = 0; i < 4; i++) {
      group.probed(i, 1000 - 100 * i);
    }
    assertEquals("t3", route(group));
  }

  /** Catches latency alone: the quickest would get everything until its next probe. */
  @Test
  void aHotTargetIsPassedOverHoweverQuick() {
    TestGroup group = group(4);
    for (int i = 0; i < 4; i++) {
      group.probed(i, i == 0 ? 10 : 1000 + i);
    }
    for (int i = 0; i < 8; i++) {
      group.ask();
    }
    assertEquals(4, group.state(0).requestsInFlight());
  }

  @Test
  void tooFewAnswersMeanALot() {
    TestGroup group = group(5);
    group.probed(0, 10);
    assertEquals(5, group.sequential(300).size());
  }

  @Test
  void oldAnswersAndThoseOfFailedProbesDoNotCount() {
    TestGroup group = group(4);
    for (int i = 0; i < 4; i++) {
      group.probed(i, i == 0 ? 10 : 1000);
    }
    assertEquals("t0", route(group));
    group.probeFailed(0);
    assertTrue(!group.sequential(50).containsKey("t0"), "the failed one left the pool");
    group.nowNanos += Duration.ofSeconds(1).toNanos() + 1;
    assertEquals(4, group.sequential(300).size(), "nothing is known any more");
  }

  /** In a large group answers wear off; in a small one they would be gone before the next come. */
  @Test
  void answersWearOffInLargeGroupsOnly() {
    assertEquals(Set.of("t0"), used(group(8)));
    assertTrue(used(group(100)).size() > 10);
  }

  /**
   * Catches the formula of the paper at its pole: at 24 targets nothing may be removed or used up.
   */
  @Test
  void answersDoNotWearOffWhereTheFormulaHasNoMeaning() {
    assertEquals(Set.of("t0"), used(group(24)));
    // Here an answer may be used 25 times, and one of eight is removed with every request.
    assertTrue(used(group(25)).size() > 5);
  }

  /** All the paper's quantities are settings: without removals an answer goes by use alone. */
  @Test
  void removalsAndThePoolAreSettings() {
    PrequalPolicy keeping = new PrequalPolicy(2, 0, 2, Duration.ofSeconds(1), 1);
    TestGroup group = new TestGroup(keeping, TestGroup.equal(4));
    for (int i = 0; i < 4; i++) {
      group.probed(i, 10 + i);
    }
    // The pool has the last two; b is 2 / ((1 - 2 / 4) 2) = 2 uses each.
    assertEquals("t2", route(group));
    assertEquals("t2", route(group));
    assertEquals(4, group.sequential(300).size(), "one answer is too few: by lot");
  }

  /** A target that is left out for one request is not chosen for its answer's sake. */
  @Test
  void onlyCandidatesAreChosen() {
    TestGroup group = group(4);
    for (int i = 0; i < 4; i++) {
      group.probed(i, 10 + i);
    }
    assertEquals("t1", group.ask(0, group.state(0)).target());
    assertEquals("t0", route(group));
    for (int i = 0; i < 4; i++) {
      group.health(i, i > 1);
    }
    assertEquals("t2", route(group));
  }

  private static Set<String> used(TestGroup group) {
    for (int i = 0; i < 8; i++) {
      group.probed(i, i == 0 ? 10 : 1000 + i);
    }
    Set<String> used = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      used.add(route(group));
    }
    return used;
  }

  @Test
  void aTargetThatLeftIsNoLongerChosen() {
    TestGroup group = group(3);
    List<TargetState> before = group.router.states();
    for (int i = 0; i < 3; i++) {
      group.probed(i, i == 0 ? 10 : 1000);
    }
    group.update(1, 2);
    group.router.probed(before.get(0), java.util.Optional.of(1L));
    assertTrue(!group.sequential(50).containsKey("t0"));
  }
}
