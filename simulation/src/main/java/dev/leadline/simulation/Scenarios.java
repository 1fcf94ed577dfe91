package dev.leadline.simulation;

import static dev.leadline.simulation.Scenario.atLoad;
import static dev.leadline.simulation.Scenario.nineUneven;
import static dev.leadline.simulation.Scenario.same;
import static dev.leadline.simulation.SimulatedServer.Discipline.FIFO;
import static dev.leadline.simulation.SimulatedServer.Discipline.PROCESSOR_SHARING;

import dev.leadline.simulation.Scenario.Event;
import dev.leadline.simulation.Scenario.Server;
import dev.leadline.simulation.SimulatedServer.Discipline;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The situations every policy is put into. */
final class Scenarios {

  static final String BLACK_HOLE = "black hole: 1 of 8 fails at once for 30 s";
  static final String FLAKY = "1 of 8 fails a tenth of its requests";
  static final String IDENTICAL_90 = "identical, load .90";
  static final String UNEVEN_70 = "nine uneven, load .70";
  static final String BURSTS = "bursts of 1000 on nine uneven, from the third";
  static final String LONG_POLLS = "5% long polls, load .90";
  static final String RECOVERED = "1 of 8 is 16 times slower for 30 s, load .60";
  static final String SQUARE_WAVE = "1 of 4 at .4 of its speed every other 10 s, load .60";
  static final String HEAVY_TAIL_UNEQUAL_NOISE = "bimodal requests, two workers, load .80";

  private static final long AT_ONCE_NANOS = 200_000;

  private Scenarios() {}

  static List<Scenario> all() {
    List<Server> eight = same(8, PROCESSOR_SHARING, 1);
    return List.of(
        atLoad("identical, load .50", .5, eight),
        atLoad("identical, load .70", .7, eight),
        atLoad(IDENTICAL_90, .9, eight),
        atLoad("identical, load .95", .95, eight),
        atLoad("identical, four workers in a queue, load .90", .9, same(8, FIFO, 4)),
        atLoad("two targets, load .80", .8, same(2, PROCESSOR_SHARING, 1)),
        atLoad("32 targets, load .80", .8, same(32, PROCESSOR_SHARING, 1)),
        atLoad("heavy tail, two workers, load .85", .85, same(8, PROCESSOR_SHARING, 2))
            .withWork(new Work.LogNormal(Scenario.MEAN_WORK_SECONDS, 1.5)),
        atLoad("bimodal requests in a queue, load .90", .9, same(8, FIFO, 1))
            .withWork(new Work.Bimodal(Scenario.MEAN_WORK_SECONDS, .1, 10)),
        atLoad(HEAVY_TAIL_UNEQUAL_NOISE, .8, same(8, PROCESSOR_SHARING, 2))
            .withWork(new Work.Bimodal(Scenario.MEAN_WORK_SECONDS, .02, 50)),
        atLoad("nine uneven, load .40", .4, nineUneven(PROCESSOR_SHARING)),
        atLoad(UNEVEN_70, .7, nineUneven(PROCESSOR_SHARING)),
        atLoad("nine uneven, load .90", .9, nineUneven(PROCESSOR_SHARING)),
        atLoad("half of 8 four times slower, load .70", .7, halfSlow(PROCESSOR_SHARING, 1)),
        atLoad("the same, eight workers in a queue, load .90", .9, halfSlow(FIFO, 8)),
        atLoad("1 of 8 is 16 times slower, load .80", .8, oneSlow()),
        atLoad(BLACK_HOLE, .7, eight)
            .withEvents(
                List.of(
                    new Event(30, 0, server -> server.setFailing(1, AT_ONCE_NANOS)),
                    new Event(60, 0, server -> server.setFailing(0, 0)))),
        atLoad(FLAKY, .7, eight)
            .withEvents(List.of(new Event(15, 0, server -> server.setFailing(.1, AT_ONCE_NANOS)))),
        atLoad("1 of 8 freezes for 10 s, load .70", .7, eight).withEvents(slow(0, 30, 40)),
        atLoad(RECOVERED, .6, eight).withEvents(slow(1 / 16.0, 20, 50)),
        atLoad(SQUARE_WAVE, .6, same(4, PROCESSOR_SHARING, 1)).withEvents(squareWave()),
        atLoad(LONG_POLLS, .9, eight).withLongPolls(.05),
        atLoad(BURSTS, .6, nineUneven(FIFO))
            .withArrivals(new Arrivals.Bursts(1000, 5))
            .lasting(12, 60),
        atLoad("six balancers side by side, load .80", .8, eight).withBalancers(6),
        atLoad("overload, from .5 to 1.74 of capacity", 1, eight)
            .withArrivals(new Arrivals.Ramp(400, 1392, 80)));
  }

  static Scenario named(String name) {
    return all().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
  }

  private static List<Server> halfSlow(Discipline discipline, int workers) {
    List<Server> servers =
        new ArrayList<>(Collections.nCopies(4, new Server(discipline, workers, 1)));
    servers.addAll(Collections.nCopies(4, new Server(discipline, workers, .25)));
    return servers;
  }

  private static List<Server> oneSlow() {
    List<Server> servers = new ArrayList<>(same(7, PROCESSOR_SHARING, 1));
    servers.add(new Server(PROCESSOR_SHARING, 1, 1 / 16.0));
    return servers;
  }

  private static List<Event> slow(double speed, double from, double until) {
    return List.of(
        new Event(from, 0, server -> server.setSpeed(speed)),
        new Event(until, 0, server -> server.setSpeed(1)));
  }

  private static List<Event> squareWave() {
    List<Event> events = new ArrayList<>();
    for (int second = 10; second < 80; second += 20) {
      events.addAll(slow(.4, second, second + 10));
    }
    return events;
  }
}
