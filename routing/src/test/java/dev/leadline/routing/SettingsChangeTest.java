package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.option.OptionValues;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A router gets other settings while requests are in flight. */
class SettingsChangeTest {

  private static final long MILLIS = 1_000_000;

  /** Sends one request after the other; each target answers after its own time. */
  private static void learn(TestGroup group, long... millis) {
    for (int i = 0; i < 200; i++) {
      RequestInFlight request = group.open();
      group.nowNanos += millis[request.target().index()] * MILLIS;
      request.succeeded();
    }
  }

  static Stream<Arguments> pairs() {
    List<RoutingPolicy> all = Policies.all().stream().map(PolicyType::withDefaults).toList();
    return all.stream().flatMap(one -> all.stream().map(other -> Arguments.of(one, other)));
  }

  /** Catches a policy that hears the end of a request that another policy sent. */
  @ParameterizedTest
  @MethodSource("pairs")
  void anyPolicyCanTakeThePlaceOfAnyOther(RoutingPolicy one, RoutingPolicy other) {
    TestGroup group = new TestGroup(one, 1, 1, 1);
    group.probed(0, 5 * MILLIS);
    group.measured(1, 40);
    List<RequestInFlight> before = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      before.add(group.open());
    }
    group.router.use(GroupSettings.of(other));
    List<RequestInFlight> after = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      after.add(group.open());
    }
    group.nowNanos += MILLIS;
    before.subList(0, 6).forEach(RequestInFlight::succeeded);
    after.forEach(RequestInFlight::failed);
    group.update(0, 2, 3);
    before.subList(6, 12).forEach(RequestInFlight::succeeded);
    learn(group, 1, 1, 1, 1);
    assertEquals(3, group.router.states().size(), "the one that was removed is gone");
    group.router.states().forEach(it -> assertEquals(0, it.requestsInFlight(), it.toString()));
  }

  @Test
  void healthAndCountsStay() {
    TestGroup group = new TestGroup(Policies.DEFAULT, 1, 1);
    group.health(0, true);
    group.health(1, false);
    learn(group, 1, 1);
    group.router.use(GroupSettings.of(Policies.named("round_robin").orElseThrow().withDefaults()));
    assertEquals(200, group.state(0).count(Outcome.SUCCEEDED));
    assertEquals(Map.of("t0", 10), group.sequential(10));
  }

  /** The slow target is known: it does not get half of the requests again. */
  @Test
  void whatThePolicyLearnedStaysWhenItsSettingsChange() {
    LeadlinePolicy policy = new LeadlinePolicy();
    TestGroup group = new TestGroup(policy, 1, 1);
    learn(group, 5, 100);
    double load = group.router.load(group.state(1));
    group.router.use(GroupSettings.of(policy.without(Ingredient.LONG_POLLS)));
    assertEquals(load, group.router.load(group.state(1)));

    RoutingPolicy peak = Policies.named("peak_ewma").orElseThrow().withDefaults();
    TestGroup other = new TestGroup(peak, 1, 1);
    learn(other, 5, 100);
    double cost = other.router.load(other.state(1));
    other.router.use(
        GroupSettings.of(
            Policies.named("peak_ewma")
                .orElseThrow()
                .factory()
                .apply(OptionValues.of(Map.of("errorCost", "1s")))));
    assertEquals(cost, other.router.load(other.state(1)));
  }

  @Test
  void anotherPolicyBeginsWithTheProbesThatAreKnown() {
    TestGroup group =
        new TestGroup(Policies.named("round_robin").orElseThrow().withDefaults(), 1, 1);
    group.probed(0, 50 * MILLIS);
    group.probed(1, 5 * MILLIS);
    group.router.use(GroupSettings.of(Policies.named("fastest").orElseThrow().withDefaults()));
    assertEquals(Map.of("t1", 10), group.sequential(10));
  }

  @Test
  void aTargetWithAnotherWeightIsTheSameTarget() {
    TestGroup group =
        new TestGroup(Policies.named("round_robin").orElseThrow().withDefaults(), 1, 1);
    learn(group, 1, 1);
    List<Target> heavier = new ArrayList<>();
    for (Target it : group.router.group().targets()) {
      heavier.add(new Target(it.id(), it.address(), it.port(), heavier.isEmpty() ? 3 : 1));
    }
    group.router.update(new TargetGroup("group", heavier));
    assertEquals(100, group.state(0).count(Outcome.SUCCEEDED));
    assertEquals(Map.of("t0", 30, "t1", 10), group.sequential(40));
  }

  @Test
  void ejectionsEndWhenTheyAreTurnedOffAndLimitsHoldAtOnce() {
    RoutingPolicy policy = Policies.named("round_robin").orElseThrow().withDefaults();
    TestGroup group = new TestGroup(policy, 1, 1);
    for (int i = 0; i < 10; i++) {
      RequestInFlight request = group.open();
      if (request.target().index() == 0) {
        request.failed();
      } else {
        request.succeeded();
      }
    }
    assertTrue(group.router.isEjected(group.state(0)));
    GroupSettings settings =
        GroupSettings.of(policy)
            .withEjection(dev.leadline.routing.resilience.Ejection.OFF)
            .withLimits(new ConcurrencyLimit.Rules(1, 10, Duration.ofSeconds(5)));
    group.router.use(settings);
    assertFalse(group.router.isEjected(group.state(0)));
    group.open();
    group.open();
    assertTrue(group.ask().isWaiting());
    group.router.use(settings.withLimits(ConcurrencyLimit.Rules.OFF));
    assertEquals(0, group.router.requestsHeld(), "whoever waited for a limit waits no more");
  }
}
