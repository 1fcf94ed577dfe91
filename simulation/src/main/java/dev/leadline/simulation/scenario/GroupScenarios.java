package dev.leadline.simulation.scenario;

import java.util.ArrayList;
import java.util.List;

/** Scenarios of several balancers that may tell each other what they have in flight. */
public final class GroupScenarios {

  public static final String SIXTEEN = "sixteen balancers side by side, load .80";
  public static final String SIXTEEN_AND_ONE_SLOW =
      "sixteen balancers, 1 of 8 is 4 times slower, load .80";

  /** The beginning of the names of {@link #withSix}. */
  public static final String SIX_OF = "six balancers: ";

  /** The beginning of the names of {@link #large}. */
  public static final String LARGE = "large: ";

  private GroupScenarios() {}

  /** Many balancers and targets: minutes for one seed. */
  public static List<Scenario> large() {
    List<Scenario> all = new ArrayList<>();
    for (int targets : new int[] {128, 500, 2000}) {
      for (int balancers : new int[] {16, 64}) {
        String name = LARGE + balancers + " balancers, " + targets + " targets, load .80";
        Scenario even =
            Scenario.atLoad(name, .8, Scenario.same(targets, Discipline.PROCESSOR_SHARING, 1))
                .withBalancers(balancers)
                .lasting(2, 2 + 1000.0 / targets);
        all.add(even);
        all.add(even.unevenly().named(name + ", uneven"));
      }
    }
    return all;
  }

  /** All that {@link Scenarios} does not have. */
  public static List<Scenario> all() {
    return List.of(
        Scenarios.named(Scenarios.SIX_BALANCERS).withBalancers(16).named(SIXTEEN),
        Scenarios.named(Scenarios.SIX_AND_ONE_SLOW).withBalancers(16).named(SIXTEEN_AND_ONE_SLOW));
  }

  /** The same scenario with six balancers. */
  public static Scenario withSix(Scenario scenario) {
    return scenario.withBalancers(6).named(SIX_OF + scenario.name());
  }

  /** The same scenario with one balancer for all requests. */
  public static Scenario withOne(Scenario scenario) {
    return scenario.withBalancers(1).named("one for " + scenario.name());
  }
}
