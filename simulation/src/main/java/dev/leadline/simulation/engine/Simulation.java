package dev.leadline.simulation.engine;

import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetState;
import dev.leadline.simulation.engine.Job.Answer;
import dev.leadline.simulation.scenario.Change;
import dev.leadline.simulation.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of one contender in one scenario. The requests and their work depend only on the seed and
 * the scenario, so that every contender gets the same ones (common random numbers). Not
 * thread-safe; parallel runs share nothing.
 */
public final class Simulation {
  /** Network time between balancer and server, each way. */
  public static final long NETWORK_NANOS = 150_000;

  /** The deadline of a request; an error counts as this time. */
  public static final long DEADLINE_NANOS = 5_000_000_000L;

  /** How long a long poll stays at its server. */
  public static final long LONG_POLL_NANOS = 2_000_000_000L;

  private static final double NANOS = 1e9;

  private final EventQueue events = new EventQueue();
  private final Scenario scenario;
  private final List<SimulatedServer> servers = new ArrayList<>();
  private final RandomGenerator arrivalRandom;
  private final RandomGenerator workRandom;
  private final Recorder recorder;
  private final Frontend frontend;
  private final @Nullable LoadReports reports;
  private final EventQueue.Timer nextArrival = events.timer(this::arrive);
  private final EventQueue.Lane<Request> deadlines = events.lane(DEADLINE_NANOS, Request::giveUp);
  final EventQueue.Lane<Request> toServer = events.lane(NETWORK_NANOS, Request::reachServer);
  final EventQueue.Lane<Request> toBalancer = events.lane(NETWORK_NANOS, Request::answered);
  final EventQueue.Lane<Request> longPolls =
      events.lane(LONG_POLL_NANOS, request -> request.left(Answer.SERVED));

  private Simulation(Scenario scenario, Contender contender, long seed) {
    this.scenario = scenario;
    SplittableRandom root = new SplittableRandom(seed);
    arrivalRandom = root.split();
    workRandom = root.split();
    recorder = new Recorder(events, scenario);
    for (int i = 0; i < scenario.servers().size(); i++) {
      servers.add(
          new SimulatedServer(events, i, scenario.servers().get(i), () -> frontend().left()));
    }
    reports =
        contender instanceof Contender.Beside beside
            ? new LoadReports(events, beside.reports(), root.split())
            : null;
    frontend = frontend(contender, root);
    for (Change.Event event : scenario.events()) {
      events.after((long) (event.atSeconds() * NANOS), () -> happens(event));
    }
  }

  private Frontend frontend(Contender contender, SplittableRandom random) {
    if (contender instanceof Contender.Routed routed) {
      return new Balancers(this, routed, random);
    }
    if (contender instanceof Contender.Beside beside) {
      return new Strangers(this, beside, random);
    }
    return new Oracle(this, ((Contender.WithOracle) contender).rule());
  }

  /** Runs the scenario to its end and returns the results. */
  public static Figures run(Scenario scenario, Contender contender, long seed) {
    Simulation simulation = new Simulation(scenario, contender, seed);
    simulation.scheduleNextArrival();
    simulation.events.runUntil((long) (scenario.seconds() * NANOS) + DEADLINE_NANOS);
    return simulation.recorder.figures();
  }

  EventQueue events() {
    return events;
  }

  Scenario scenario() {
    return scenario;
  }

  Recorder recorder() {
    return recorder;
  }

  /** How many requests this server says it has, with the answer to one; NaN if nothing. */
  double reportOf(SimulatedServer server) {
    return reports == null ? Double.NaN : reports.says(server);
  }

  Frontend frontend() {
    return frontend;
  }

  List<SimulatedServer> servers() {
    return servers;
  }

  /** The target of a server; its port encodes the server's number. */
  static Target target(int server) {
    return new Target("t" + server, "simulated", server + 1, 1);
  }

  /** The number of a target's server. */
  static int number(TargetState target) {
    return target.target().port() - 1;
  }

  SimulatedServer server(TargetState target) {
    return servers.get(number(target));
  }

  private void happens(Change.Event event) {
    SimulatedServer server = servers.get(event.server());
    if (event.change() instanceof Change.Speed to) {
      server.setSpeed(to.speed());
    } else if (event.change() instanceof Change.Failing failing) {
      server.setFailing(failing.share(), failing.after().toNanos());
    }
    frontend.changed(server, event.change());
  }

  private void scheduleNextArrival() {
    double now = events.nowNanos() / NANOS;
    double next = now + scenario.arrivals().untilNext(now, arrivalRandom);
    if (next <= scenario.seconds()) {
      nextArrival.set((long) (next * NANOS));
    }
  }

  private void arrive() {
    for (int i = 0; i < scenario.arrivals().atOnce(); i++) {
      double work = scenario.work().draw(workRandom);
      double luck = workRandom.nextDouble();
      boolean longPoll = workRandom.nextDouble() < scenario.longPolls();
      Request request = new Request(this, work, luck, longPoll, workRandom.nextDouble());
      deadlines.add(request);
      frontend.route(request);
    }
    scheduleNextArrival();
  }
}
