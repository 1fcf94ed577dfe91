package dev.leadline.simulation;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of one policy through one scenario. The requests, their work and their luck depend on the
 * seed and the scenario alone, so that every policy meets the same ones (common random numbers).
 */
final class Simulation {
  /** Time of the network between balancer and server, each way. */
  static final long NETWORK_NANOS = 150_000;

  /** After this time the balancer gives up; an error counts as having taken as long. */
  static final long DEADLINE_NANOS = 5_000_000_000L;

  /** How often routers are told that time has passed. */
  private static final long TICK_NANOS = 50_000_000L;

  /** How long a long poll is held by its server. */
  private static final double LONG_POLL_SECONDS = 2;

  private static final double NANOS = 1e9;

  private final EventQueue events = new EventQueue();
  private final Scenario scenario;
  private final List<SimulatedServer> servers = new ArrayList<>();
  private final List<GroupRouter> balancers = new ArrayList<>();
  private final RandomGenerator arrivalRandom;
  private final RandomGenerator workRandom;
  private final Samples samples;
  private long probes;

  private Simulation(Scenario scenario, RoutingPolicy policy, long seed) {
    this.scenario = scenario;
    SplittableRandom root = new SplittableRandom(seed);
    arrivalRandom = root.split();
    workRandom = root.split();
    samples = new Samples(scenario.servers().size());
    List<Target> targets = new ArrayList<>();
    for (Scenario.Server server : scenario.servers()) {
      servers.add(
          new SimulatedServer(events, server.discipline(), server.workers(), server.speed()));
      targets.add(new Target("t" + targets.size(), "simulated", 1, 1));
    }
    for (int i = 0; i < scenario.balancers(); i++) {
      GroupRouter[] holder = new GroupRouter[1];
      GroupRouter router =
          new GroupRouter(
              new TargetGroup("simulated", targets),
              GroupSettings.of(policy),
              events::nowNanos,
              root.split(),
              target -> probe(holder[0], target),
              RoutingObserver.NONE);
      holder[0] = router;
      balancers.add(router);
      tickEvery(router);
      policy.probeInterval().ifPresent(interval -> probeEvery(router, interval.toNanos()));
    }
    for (Scenario.Event event : scenario.events()) {
      events.at(
          (long) (event.atSeconds() * NANOS),
          () -> event.what().accept(servers.get(event.server())));
    }
  }

  /** Runs the scenario to its end and returns what its clients saw. */
  static Samples run(Scenario scenario, RoutingPolicy policy, long seed) {
    Simulation simulation = new Simulation(scenario, policy, seed);
    simulation.scheduleNextArrival();
    simulation.events.runUntil((long) (scenario.seconds() * NANOS) + DEADLINE_NANOS);
    simulation.samples.probes = simulation.probes;
    return simulation.samples;
  }

  private void scheduleNextArrival() {
    double now = events.nowNanos() / NANOS;
    double next = now + scenario.arrivals().untilNext(now, arrivalRandom);
    if (next > scenario.seconds()) {
      return;
    }
    events.at(
        (long) (next * NANOS),
        () -> {
          for (int i = 0; i < scenario.arrivals().atOnce(); i++) {
            new Request().arrive();
          }
          scheduleNextArrival();
        });
  }

  private void tickEvery(GroupRouter router) {
    events.after(
        TICK_NANOS,
        () -> {
          router.tick();
          tickEvery(router);
        });
  }

  private void probeEvery(GroupRouter router, long intervalNanos) {
    events.after(
        intervalNanos,
        () -> {
          for (TargetState target : router.states()) {
            probe(router, target);
          }
          probeEvery(router, intervalNanos);
        });
  }

  private boolean probe(GroupRouter router, TargetState target) {
    probes++;
    long start = events.nowNanos();
    SimulatedServer server = servers.get(target.index());
    events.after(
        NETWORK_NANOS,
        () ->
            server.arrive(
                Scenario.MEAN_WORK_SECONDS / 10,
                1,
                answer ->
                    events.after(
                        NETWORK_NANOS,
                        () ->
                            router.probed(
                                target,
                                answer == SimulatedServer.Answer.SERVED
                                    ? Optional.of(events.nowNanos() - start)
                                    : Optional.empty()))));
    return true;
  }

  /** One client's request, from its arrival at a balancer to its answer or its deadline. */
  private final class Request implements PendingRequest {
    private final long arrivedNanos = events.nowNanos();
    private final double workSeconds = scenario.work().draw(workRandom);
    private final double luck = workRandom.nextDouble();
    private final boolean longPoll = workRandom.nextDouble() < scenario.longPolls();
    private final GroupRouter router =
        balancers.get(
            balancers.size() == 1 ? 0 : (int) (workRandom.nextDouble() * balancers.size()));
    private @Nullable RequestInFlight inFlight;
    private boolean ended;

    void arrive() {
      events.at(arrivedNanos + DEADLINE_NANOS, this::giveUp);
      router.route(this);
    }

    @Override
    public void forward(RequestInFlight opened) {
      inFlight = opened;
      int server = opened.target().index();
      if (counted()) {
        samples.sent(server);
      }
      events.after(NETWORK_NANOS, () -> serve(servers.get(server)));
    }

    private void serve(SimulatedServer server) {
      if (longPoll && luck >= server.failureShare()) {
        events.after(
            (long) (LONG_POLL_SECONDS * NANOS), () -> answered(SimulatedServer.Answer.SERVED));
      } else {
        server.arrive(workSeconds, luck, this::answered);
      }
    }

    private void answered(SimulatedServer.Answer answer) {
      events.after(NETWORK_NANOS, () -> end(answer == SimulatedServer.Answer.SERVED));
    }

    @Override
    public void refuse(Refusal reason) {
      end(false);
    }

    private void giveUp() {
      if (!ended && inFlight == null) {
        router.withdraw(this);
      }
      end(false);
    }

    private void end(boolean success) {
      if (ended) {
        return;
      }
      ended = true;
      RequestInFlight opened = inFlight;
      if (opened != null) {
        if (success) {
          opened.succeeded();
        } else {
          opened.failed();
        }
      }
      // The short requests are the ones whose latency says something about routing.
      if (counted() && !longPoll) {
        samples.ended(success ? events.nowNanos() - arrivedNanos : DEADLINE_NANOS, success);
      }
    }

    private boolean counted() {
      return arrivedNanos >= scenario.warmUpSeconds() * NANOS;
    }
  }
}
