package dev.leadline.simulation.scenario;

import java.util.ArrayList;
import java.util.Collections;
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

  /** Requests that arrive several at once, at any balancer each. */
  public static List<Scenario> atOnce() {
    List<Server> nine = Scenario.nineUneven(Discipline.PROCESSOR_SHARING);
    List<Server> eight = Scenario.same(8, Discipline.PROCESSOR_SHARING, 1);
    List<Server> halfSlow =
        Scenario.concat(
            Scenario.same(4, Discipline.FIFO, 1),
            Collections.nCopies(4, new Server(Discipline.PROCESSOR_SHARING, 1, .25)));
    return List.of(
        atOnce("six balancers, nine uneven, groups of ten at once, load .70", 6, .7, 10, nine),
        atOnce("six balancers, groups of twenty at once, load .70", 6, .7, 20, eight),
        atOnce(
            "four balancers, half of 8 four times slower, groups of six at once, load .65",
            4,
            .65,
            6,
            halfSlow));
  }

  /** The same with other numbers, by which nothing may be chosen. */
  public static List<Scenario> heldOutAtOnce() {
    List<Server> ten =
        Scenario.concat(
            Scenario.same(5, Discipline.PROCESSOR_SHARING, 1),
            List.of(
                new Server(Discipline.FIFO, 2, .6),
                new Server(Discipline.FIFO, 2, .6),
                new Server(Discipline.PROCESSOR_SHARING, 4, .2),
                new Server(Discipline.PROCESSOR_SHARING, 1, .3),
                new Server(Discipline.FIFO, 1, 1.8)));
    List<Server> five = Scenario.same(5, Discipline.FIFO, 3);
    List<Server> steps =
        List.of(
            new Server(Discipline.FIFO, 1, 1.6),
            new Server(Discipline.PROCESSOR_SHARING, 2, 1),
            new Server(Discipline.PROCESSOR_SHARING, 1, .7),
            new Server(Discipline.FIFO, 1, .4));
    return List.of(
        atOnce("held out: eight balancers, ten uneven, groups of four at once", 8, .75, 4, ten),
        atOnce("held out: five balancers, groups of thirty at once, load .60", 5, .6, 30, five),
        atOnce("held out: three balancers, four uneven, groups of three at once", 3, .8, 3, steps),
        atOnce("held out: twelve balancers, ten uneven, groups of fifteen", 12, .65, 15, ten));
  }

  private static Scenario atOnce(
      String name, int balancers, double load, int size, List<Server> servers) {
    double groupsPerSecond = load * Scenario.requestsPerSecond(servers) / size;
    return Scenario.atLoad(name, load, servers)
        .withArrivals(new Arrivals.Groups(size, groupsPerSecond))
        .withBalancers(balancers);
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
