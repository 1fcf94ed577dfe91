package dev.leadline.simulation.scenario;

import static dev.leadline.simulation.scenario.Discipline.FIFO;
import static dev.leadline.simulation.scenario.Discipline.PROCESSOR_SHARING;
import static dev.leadline.simulation.scenario.Scenario.atLoad;
import static dev.leadline.simulation.scenario.Scenario.same;

import dev.leadline.simulation.scenario.Change.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Scenarios by whose figures no constant may be chosen, with other loads, speeds, distributions and
 * kinds of trouble than {@link Scenarios}. They show whether the constants work elsewhere.
 */
public final class HeldOutScenarios {

  /** The beginning of all their names. */
  public static final String PREFIX = "held out";

  private HeldOutScenarios() {}

  /** All held-out scenarios. */
  public static List<Scenario> all() {
    return List.of(
        atLoad(
            "held out: twelve, each .85 of the one before, two workers, load .75", .75, falling()),
        atLoad("held out: day and night on six, two workers in a queue", 1, same(6, FIFO, 2))
            .withArrivals(new Arrivals.DayAndNight(600, 540, 20)),
        atLoad(
                "held out: half of ten at .5 of their speed together, load .60",
                .6,
                same(10, PROCESSOR_SHARING, 1))
            .with(slowTogether())
            .watching(20, 26, 0, 1, 2, 3, 4),
        atLoad(
                "held out: Pareto requests, four workers in a queue, five targets, load .65",
                .65,
                same(5, FIFO, 4))
            .withWork(new Work.Pareto(Scenario.MEAN_WORK_SECONDS, 1.8)),
        atLoad(
                "held out: 1 of 6 fails a third after 50 ms, 3 s of every 6 s, load .55",
                .55,
                same(6, PROCESSOR_SHARING, 2))
            .with(flapping())
            .watching(18, 21, 0),
        atLoad(
                "held out: three balancers, seven uneven, groups of ten at once, load .70",
                .7,
                seven())
            .withArrivals(new Arrivals.Groups(10, .07 * Scenario.requestsPerSecond(seven())))
            .withBalancers(3),
        atLoad(
                "held out: six restart one by one and are slow for 3 s, load .55",
                .55,
                same(6, PROCESSOR_SHARING, 1))
            .with(rollingRestart()),
        atLoad(
                "held out: 1 of 5 loses a tenth of its speed every 3 s, eight workers in a queue, load .65",
                .65,
                same(5, FIFO, 8))
            .with(decay())
            .watching(15, 42, 0)
            .lasting(12, 50));
  }

  private static List<Server> falling() {
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      servers.add(new Server(PROCESSOR_SHARING, 2, Math.pow(.85, i)));
    }
    return servers;
  }

  private static List<Server> seven() {
    List<Server> servers = new ArrayList<>(same(3, FIFO, 1));
    servers.add(new Server(PROCESSOR_SHARING, 3, .7));
    servers.add(new Server(PROCESSOR_SHARING, 1, 1.5));
    servers.add(new Server(FIFO, 4, .2));
    servers.add(new Server(PROCESSOR_SHARING, 1, .3));
    return servers;
  }

  private static List<Event> slowTogether() {
    List<Event> events = new ArrayList<>();
    for (double from : new double[] {20, 33, 47}) {
      for (int server = 0; server < 5; server++) {
        events.addAll(Scenarios.slow(server, .5, from, from + 6));
      }
    }
    return events;
  }

  private static List<Event> flapping() {
    Duration after = Duration.ofMillis(50);
    List<Event> events = new ArrayList<>();
    for (int second = 12; second < 55; second += 6) {
      events.add(new Event(second, 0, new Change.Failing(.33, after)));
      events.add(new Event(second + 3, 0, new Change.Failing(0, after)));
    }
    return events;
  }

  private static List<Event> rollingRestart() {
    List<Event> events = new ArrayList<>();
    for (int server = 0; server < 6; server++) {
      double leaves = 17 + 6 * server;
      events.add(new Event(leaves, server, new Change.Leaves()));
      events.add(new Event(leaves + 2, server, new Change.Speed(.3)));
      events.add(new Event(leaves + 2, server, new Change.Joins()));
      events.add(new Event(leaves + 5, server, new Change.Speed(1)));
    }
    return events;
  }

  private static List<Event> decay() {
    List<Event> events = new ArrayList<>();
    for (int step = 1; step <= 9; step++) {
      events.add(new Event(12 + 3 * step, 0, new Change.Speed(1 - step * .1)));
    }
    events.add(new Event(42, 0, new Change.Speed(1)));
    return events;
  }
}
