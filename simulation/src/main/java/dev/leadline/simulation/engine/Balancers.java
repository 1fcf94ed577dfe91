package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.policy.ProbeRequests;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import dev.leadline.simulation.scenario.Change;
import dev.leadline.simulation.scenario.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One or several of the product's routers in virtual time. */
final class Balancers implements Frontend {

  /** How often {@link GroupRouter#tick} is called. */
  private static final long TICK_NANOS = 50_000_000L;

  /** A probe without an answer after this time has failed. */
  private static final long PROBE_TIMEOUT_NANOS = 1_000_000_000L;

  /** Work of a probe: a hundredth of a request, like a health check that does nothing. */
  private static final double PROBE_WORK_SECONDS = Scenario.MEAN_WORK_SECONDS / 100;

  /** How often a balancer restarts, in a group where they do, and how long one is away. */
  private static final long RESTART_NANOS = 5_000_000_000L;

  private static final long AWAY_NANOS = 1_000_000_000L;
  private static final int NOBODY = -1;

  /** A prime, so that all places on the ring are taken. */
  private static final int SCATTER = 27_644_437;

  private final Simulation simulation;
  private final EventQueue events;
  private final List<GroupRouter> routers = new ArrayList<>();
  private final TreeSet<Integer> members = new TreeSet<>();
  private final GroupSettings settings;
  private final int subset;
  private final int balancers;
  private final boolean tell;
  private final @Nullable PeerNetwork peers;
  private final SplittableRandom restarts;
  private int restarted;
  private int away = NOBODY;

  Balancers(Simulation simulation, Contender.Routed routed, SplittableRandom random) {
    this(simulation, routed, simulation.scenario().balancers(), random);
  }

  Balancers(
      Simulation simulation, Contender.Routed routed, int balancers, SplittableRandom random) {
    settings = routed.settings().sharedBy(routed.loops());
    this.simulation = simulation;
    subset = routed.subset();
    this.balancers = balancers;
    events = simulation.events();
    Scenario scenario = simulation.scenario();
    for (SimulatedServer server : simulation.servers()) {
      if (scenario.isMemberAtStart(server.number())) {
        members.add(server.number());
      }
    }
    List<SplittableRandom> randoms = new ArrayList<>();
    for (int i = 0; i < balancers * routed.loops(); i++) {
      randoms.add(random.split());
    }
    tell = routed.exchange().isPresent();
    peers =
        routed
            .exchange()
            .map(it -> new PeerNetwork(events, it, random.split(), this::cell))
            .orElse(null);
    SharedCounts counts = new SharedCounts(1);
    for (int i = 0; i < randoms.size(); i++) {
      int loop = i % routed.loops();
      counts = loop == 0 ? new SharedCounts(routed.loops()) : counts;
      routers.add(newRouter(i, randoms.get(i), counts.view(loop)));
    }
    restarts = random.split();
    if (routed.exchange().map(Exchange::trouble).orElse(Exchange.Trouble.NONE)
        == Exchange.Trouble.RESTARTS) {
      events.every(RESTART_NANOS, this::restart);
    }
  }

  private GroupRouter newRouter(
      int number, SplittableRandom random, SharedCounts.@Nullable View counts) {
    OnDemand probes = new OnDemand();
    RoutingObserver observer = peers == null ? RoutingObserver.NONE : peers.observer(number);
    GroupRouter router =
        new GroupRouter(
            group(number), settings, events::nowNanos, random, probes, observer, counts);
    probes.router = router;
    events.every(TICK_NANOS, router::tick);
    settings
        .policy()
        .probeInterval()
        .ifPresent(interval -> events.every(interval.toNanos(), () -> probeAll(router)));
    settings
        .policy()
        .metric()
        .ifPresent(
            query ->
                new CpuMetrics(events, simulation.servers(), query.period()).feed(router, query));
    if (peers != null) {
      peers.use(number, router);
    }
    return router;
  }

  /**
   * The next balancer ends and starts anew a second later, with nothing learned. What it has in
   * flight is still answered; new requests go to the one after it meanwhile.
   */
  private void restart() {
    int number = restarted++ % routers.size();
    away = number;
    if (peers != null) {
      peers.stop(number);
    }
    events.after(
        AWAY_NANOS,
        () -> {
          away = NOBODY;
          routers.set(number, newRouter(number, restarts.split(), null));
        });
  }

  @Override
  public void route(Request request) {
    router(request).route(request);
  }

  @Override
  public void withdraw(Request request) {
    router(request).withdraw(request);
  }

  @Override
  public void reported(Request request, TargetState target, double inFlight) {
    router(request).reported(target, inFlight);
  }

  @Override
  public void changed(SimulatedServer server, Change change) {
    if (change instanceof Change.Joins) {
      members.add(server.number());
    } else if (change instanceof Change.Leaves) {
      members.remove(server.number());
    } else {
      return;
    }
    for (int i = 0; i < routers.size(); i++) {
      routers.get(i).update(group(i));
    }
  }

  private GroupRouter router(Request request) {
    int number =
        simulation.scenario().uneven()
            ? unevenly(request.origin)
            : (int) (request.origin * routers.size());
    return routers.get(number == away ? (number + 1) % routers.size() : number);
  }

  /** The first quarter counts twice. */
  private int unevenly(double origin) {
    int quarter = routers.size() / 4;
    int place = (int) (origin * (routers.size() + quarter));
    return place < 2 * quarter ? place / 2 : place - quarter;
  }

  /**
   * The targets of this balancer. Among balancers that tell each other nothing, a subset is a piece
   * of a ring of all targets; the pieces begin at equal distances, and neighbouring balancers have
   * none that are next to each other (deterministic aperture). Balancers that tell each other are
   * divided into cells: those of one cell have the same targets, which no other cell has.
   */
  private TargetGroup group(int number) {
    List<Integer> all = List.copyOf(members);
    if (subset == 0 || subset >= all.size()) {
      return new TargetGroup("simulated", all.stream().map(Simulation::target).toList());
    }
    long place = tell ? cell(number) : (long) number * SCATTER % balancers;
    int pieces = tell ? cells() : balancers;
    int first = (int) (place * all.size() / pieces);
    int size = tell ? (int) ((place + 1) * all.size() / pieces) - first : subset;
    return new TargetGroup(
        "simulated",
        IntStream.range(first, first + size)
            .mapToObj(it -> Simulation.target(all.get(it % all.size())))
            .toList());
  }

  private int cells() {
    return subset == 0 ? 1 : Math.max(1, members.size() / subset);
  }

  /** Balancers take turns, so that those with more requests are spread over the cells. */
  private int cell(int balancer) {
    return balancer % cells();
  }

  private void probeAll(GroupRouter router) {
    router.states().stream()
        .filter(state -> !state.hasLeft())
        .forEach(state -> new Probe(router, state).send());
  }

  /** Probes that a policy requests. */
  private final class OnDemand implements ProbeRequests {
    private @Nullable GroupRouter router;

    @Override
    public boolean probe(TargetState target) {
      GroupRouter asked = router;
      if (asked == null) {
        return false; // the router is not complete yet
      }
      new Probe(asked, target).send();
      return true;
    }
  }

  /** One timed request from a balancer itself. */
  private final class Probe extends Job {
    private final GroupRouter router;
    private final TargetState target;
    private final long sentNanos = events.nowNanos();
    private boolean ended;

    Probe(GroupRouter router, TargetState target) {
      super(PROBE_WORK_SECONDS, 1);
      this.router = router;
      this.target = target;
    }

    void send() {
      simulation.recorder().probed();
      events.after(Simulation.NETWORK_NANOS, () -> simulation.server(target).arrive(this));
      events.after(PROBE_TIMEOUT_NANOS, () -> end(false));
    }

    @Override
    void left(Answer answer) {
      events.after(Simulation.NETWORK_NANOS, () -> end(answer == Answer.SERVED));
    }

    private void end(boolean success) {
      if (!ended) {
        ended = true;
        router.probed(
            target, success ? Optional.of(events.nowNanos() - sentNanos) : Optional.empty());
      }
    }
  }
}
