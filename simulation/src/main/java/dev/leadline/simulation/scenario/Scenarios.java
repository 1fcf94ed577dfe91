package dev.leadline.simulation.scenario;

import static dev.leadline.simulation.scenario.Discipline.FIFO;
import static dev.leadline.simulation.scenario.Discipline.PROCESSOR_SHARING;
import static dev.leadline.simulation.scenario.Scenario.atLoad;
import static dev.leadline.simulation.scenario.Scenario.concat;
import static dev.leadline.simulation.scenario.Scenario.nineUneven;
import static dev.leadline.simulation.scenario.Scenario.same;

import dev.leadline.simulation.scenario.Change.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The scenarios, by whose figures constants may be chosen. */
public final class Scenarios {

  public static final String IDENTICAL_70 = "identical, load .70";
  public static final String IDENTICAL_90 = "identical, load .90";
  public static final String UNEVEN_70 = "nine uneven, load .70";
  public static final String BIMODAL = "bimodal requests, two workers, load .80";
  public static final String BLACK_HOLE = "black hole: 1 of 8 fails at once for 30 s";
  public static final String FEW_AND_BLACK_HOLE =
      "20 requests a second, 1 of 4 fails at once for five minutes";
  public static final String ONE_SLOW = "1 of 8 is 16 times slower, load .80";
  public static final String FLAKY = "1 of 8 fails a tenth of its requests";
  public static final String RECOVERED = "1 of 8 is 16 times slower for 30 s, load .60";
  public static final String COLD_AND_SLOW = "a ninth joins, 10 times slower for 10 s, load .70";
  public static final String BURSTS = "bursts of 1000 on nine uneven, from the third";
  public static final String SPARSE = "sparse: 4 requests a second, 1 of 4 is 16 times slower";
  public static final String LONG_POLLS = "5% long polls, load .90";

  private static final Work LONG_TENTH = new Work.Bimodal(Scenario.MEAN_WORK_SECONDS, .1, 10);
  private static final Work LONG_FEW = new Work.Bimodal(Scenario.MEAN_WORK_SECONDS, .02, 50);
  private static final Duration AT_ONCE = Duration.ofNanos(200_000);

  public static final String SIX_BALANCERS = "six balancers side by side, load .80";
  public static final String SIX_AND_ONE_SLOW = "six balancers, 1 of 8 is 4 times slower, load .80";
  public static final String FLAPPING = "1 of 8 fails half of its requests every other 5 s";

  public static final String PAUSES = "1 of 4 pauses for half a second every 5 s, load .60";
  public static final String FAILS_LATE = "1 of 8 fails 30% of its requests after 2 s";

  private Scenarios() {}

  /** The scenario with this name. */
  public static Scenario named(String name) {
    return all().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
  }

  /** All scenarios, by subject. */
  public static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    all.addAll(identical());
    all.addAll(uneven());
    all.addAll(mixedRequests());
    all.addAll(changing());
    all.addAll(failing());
    all.addAll(joining());
    all.addAll(bursts());
    all.addAll(longPolls());
    all.addAll(sideBySide());
    return all;
  }

  private static List<Scenario> identical() {
    List<Server> eight = same(8, PROCESSOR_SHARING, 1);
    return List.of(
        atLoad("identical, load .50", .5, eight),
        atLoad(IDENTICAL_70, .7, eight),
        atLoad("identical, load .80", .8, eight),
        atLoad(IDENTICAL_90, .9, eight).lasting(15, 75),
        atLoad("identical, load .95", .95, eight).lasting(15, 75),
        atLoad("identical, four workers in a queue, load .90", .9, same(8, FIFO, 4))
            .lasting(10, 30),
        atLoad("one target, load .80", .8, same(1, PROCESSOR_SHARING, 1)).lasting(15, 135),
        atLoad("two targets, load .80", .8, same(2, PROCESSOR_SHARING, 1)).lasting(15, 135),
        atLoad("four targets, load .80", .8, same(4, PROCESSOR_SHARING, 1)).lasting(15, 95),
        atLoad("32 targets, load .80", .8, same(32, PROCESSOR_SHARING, 1)).lasting(10, 30),
        atLoad("200 targets, load .80", .8, same(200, PROCESSOR_SHARING, 1)).lasting(5, 10));
  }

  private static List<Scenario> uneven() {
    List<Server> nine = nineUneven(PROCESSOR_SHARING);
    return List.of(
        atLoad("nine uneven, load .40", .4, nine),
        atLoad(UNEVEN_70, .7, nine),
        atLoad("nine uneven, load .90", .9, nine),
        atLoad("half of 8 four times slower, load .70", .7, halfSlow(PROCESSOR_SHARING, 1)),
        atLoad(
                "half of 8 four times slower, eight workers in a queue, load .90",
                .9,
                halfSlow(FIFO, 8))
            .lasting(15, 35),
        atLoad("1 of 8 is 2 times slower, load .80", .8, oneSlow(2)).about(7),
        atLoad(ONE_SLOW, .8, oneSlow(16)).about(7),
        atLoad(SPARSE, 1, oneOfFourSlow())
            .withArrivals(new Arrivals.Poisson(4))
            .lasting(60, 1260)
            .about(3));
  }

  private static List<Scenario> mixedRequests() {
    return List.of(
        atLoad("heavy tail, two workers, load .85", .85, same(8, PROCESSOR_SHARING, 2))
            .withWork(new Work.LogNormal(Scenario.MEAN_WORK_SECONDS, 1.5)),
        atLoad("bimodal requests in a queue, load .90", .9, same(8, FIFO, 1)).withWork(LONG_TENTH),
        atLoad(BIMODAL, .8, same(8, PROCESSOR_SHARING, 2)).withWork(LONG_FEW),
        atLoad(
                "bimodal on half of 8 four times slower, load .70",
                .7,
                halfSlow(PROCESSOR_SHARING, 1))
            .withWork(LONG_TENTH),
        atLoad("bimodal on nine uneven, load .70", .7, nineUneven(PROCESSOR_SHARING))
            .withWork(LONG_TENTH));
  }

  private static List<Scenario> changing() {
    List<Server> eight = same(8, PROCESSOR_SHARING, 1);
    return List.of(
        atLoad("1 of 8 freezes for 10 s, load .70", .7, eight)
            .with(slow(0, 0, 20, 30))
            .watching(20, 30, 0),
        atLoad(RECOVERED, .6, eight)
            .with(slow(0, 1 / 16.0, 20, 50))
            .watching(20, 50, 0)
            .lasting(15, 65),
        atLoad(
                "1 of 4 at .4 of its speed every other 10 s, load .60",
                .6,
                same(4, PROCESSOR_SHARING, 1))
            .with(squareWave())
            .watching(30, 40, 0)
            .lasting(15, 85),
        atLoad(
                "1 of 4 at a quarter of its speed for four minutes, load .50",
                .5,
                same(4, PROCESSOR_SHARING, 1))
            .with(slow(0, .25, 100, 340))
            .watching(100, 340, 0)
            .lasting(90, 480),
        atLoad(PAUSES, .6, same(4, PROCESSOR_SHARING, 1)).with(pauses()).about(0),
        atLoad("overload, from .5 to 1.74 of capacity", 1, eight)
            .withArrivals(new Arrivals.Ramp(400, 1392, 60))
            .lasting(10, 60));
  }

  private static List<Scenario> failing() {
    List<Server> eight = same(8, PROCESSOR_SHARING, 1);
    List<Event> two = new ArrayList<>(failing(0, 1, 20, 50));
    two.addAll(failing(1, 1, 20, 50));
    return List.of(
        atLoad(BLACK_HOLE, .7, eight)
            .with(failing(0, 1, 20, 50))
            .watching(20, 50, 0)
            .lasting(15, 65),
        atLoad("black hole: 2 of 20 fail at once for 30 s", .7, same(20, PROCESSOR_SHARING, 1))
            .with(two)
            .watching(20, 50, 0, 1)
            .lasting(15, 65),
        atLoad(FEW_AND_BLACK_HOLE, 1, same(4, PROCESSOR_SHARING, 1))
            .withArrivals(new Arrivals.Poisson(20))
            .with(failing(0, 1, 60, 360))
            .watching(60, 360, 0)
            .lasting(50, 420),
        atLoad("requests of half a second, 1 of 8 fails at once for five minutes", 1, eight)
            .withWork(new Work.Exponential(.5))
            .withArrivals(new Arrivals.Poisson(10))
            .with(failing(0, 1, 60, 360))
            .watching(60, 360, 0)
            .lasting(50, 420),
        atLoad(FLAKY, .7, eight)
            .with(List.of(new Event(10, 0, new Change.Failing(.1, AT_ONCE))))
            .watching(10, 55, 0),
        atLoad(FLAPPING, .7, eight).with(flapping()).watching(25, 30, 0),
        atLoad(FAILS_LATE, .7, eight)
            .with(List.of(new Event(10, 0, new Change.Failing(.3, Duration.ofSeconds(2)))))
            .watching(10, 55, 0));
  }

  /**
   * All targets fail the same share of their requests, as real services do. Only tests have it: the
   * policies are not compared in it.
   */
  public static Scenario everyTargetFails(double share) {
    List<Event> all = new ArrayList<>();
    for (int server = 0; server < 8; server++) {
      all.add(new Event(0, server, new Change.Failing(share, AT_ONCE)));
    }
    return atLoad("every target fails " + share, .8, same(8, PROCESSOR_SHARING, 1))
        .with(all)
        .lasting(15, 215);
  }

  private static List<Scenario> joining() {
    List<Server> nine = same(9, PROCESSOR_SHARING, 1);
    Event joins = new Event(20, 8, new Change.Joins());
    return List.of(
        atLoad("a ninth joins, load .70", .7, nine).with(List.of(joins)).watching(20, 55, 8),
        atLoad(COLD_AND_SLOW, .7, nine)
            .with(
                List.of(
                    new Event(0, 8, new Change.Speed(.1)),
                    joins,
                    new Event(30, 8, new Change.Speed(1))))
            .watching(30, 55, 8),
        atLoad("one of nine leaves and another joins every 2 s, load .60", 1, nine)
            .withArrivals(new Arrivals.Poisson(480))
            .with(churn()));
  }

  private static List<Scenario> bursts() {
    return List.of(
        atLoad("bursts of 1000 on four, from the second", 1, same(4, FIFO, 2))
            .withArrivals(new Arrivals.Bursts(1000, 6))
            .lasting(10, 40),
        atLoad(
                "bursts of 1000 on five slow ones, from the second",
                1,
                Collections.nCopies(5, new Server(FIFO, 1, .5)))
            .withArrivals(new Arrivals.Bursts(1000, 6))
            .lasting(10, 40),
        atLoad("the first burst of 1000 on nine uneven", 1, nineUneven(FIFO))
            .withArrivals(new Arrivals.Bursts(1000, 6))
            .lasting(0, 10),
        atLoad(BURSTS, 1, nineUneven(FIFO))
            .withArrivals(new Arrivals.Bursts(1000, 6))
            .lasting(16, 60));
  }

  private static List<Scenario> longPolls() {
    List<Server> eight = same(8, PROCESSOR_SHARING, 1);
    return List.of(
        atLoad(LONG_POLLS, .9, eight).withLongPolls(.05),
        atLoad("5% long polls, bimodal requests, load .80", .8, same(8, PROCESSOR_SHARING, 2))
            .withWork(LONG_FEW)
            .withLongPolls(.05),
        atLoad("5% long polls, 1 of 8 is 4 times slower, load .80", .8, oneSlow(4))
            .withLongPolls(.05)
            .about(7));
  }

  private static List<Scenario> sideBySide() {
    return List.of(
        atLoad(SIX_BALANCERS, .8, same(8, PROCESSOR_SHARING, 1)).withBalancers(6),
        atLoad(SIX_AND_ONE_SLOW, .8, oneSlow(4)).withBalancers(6).about(7));
  }

  private static List<Server> halfSlow(Discipline discipline, int workers) {
    return concat(
        same(4, discipline, workers), Collections.nCopies(4, new Server(discipline, workers, .25)));
  }

  private static List<Server> oneSlow(double times) {
    return concat(
        same(7, PROCESSOR_SHARING, 1), List.of(new Server(PROCESSOR_SHARING, 1, 1 / times)));
  }

  private static List<Server> oneOfFourSlow() {
    return concat(
        same(3, PROCESSOR_SHARING, 1), List.of(new Server(PROCESSOR_SHARING, 1, 1 / 16.0)));
  }

  static List<Event> slow(int server, double speed, double from, double until) {
    return List.of(
        new Event(from, server, new Change.Speed(speed)),
        new Event(until, server, new Change.Speed(1)));
  }

  static List<Event> failing(int server, double share, double from, double until) {
    return List.of(
        new Event(from, server, new Change.Failing(share, AT_ONCE)),
        new Event(until, server, new Change.Failing(0, AT_ONCE)));
  }

  private static List<Event> flapping() {
    List<Event> events = new ArrayList<>();
    for (int second = 15; second < 55; second += 10) {
      events.addAll(failing(0, .5, second, second + 5));
    }
    return events;
  }

  private static List<Event> pauses() {
    List<Event> events = new ArrayList<>();
    for (int second = 2; second < 55; second += 5) {
      events.addAll(slow(0, 0, second, second + .5));
    }
    return events;
  }

  private static List<Event> squareWave() {
    List<Event> events = new ArrayList<>();
    for (int second = 10; second < 85; second += 20) {
      events.addAll(slow(0, .4, second, second + 10));
    }
    return events;
  }

  /** One after the other leaves, and the one that left before comes back. */
  private static List<Event> churn() {
    List<Event> events = new ArrayList<>();
    int away = 8;
    for (int second = 2; second < 55; second += 2) {
      int leaves = (away + 1) % 9;
      events.add(new Event(second, away, new Change.Joins()));
      events.add(new Event(second, leaves, new Change.Leaves()));
      away = leaves;
    }
    return events;
  }
}
