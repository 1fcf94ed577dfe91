package dev.leadline.simulation.engine;

import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import org.jspecify.annotations.Nullable;

/** One client's request, from its arrival at a balancer to its answer or its deadline. */
final class Request extends Job implements PendingRequest {

  final long arrivedNanos;

  /** Uniform in [0, 1): selects one of several balancers, and is the request's flow. */
  final double origin;

  final boolean longPoll;
  private final Simulation simulation;
  private @Nullable RequestInFlight inFlight;
  private @Nullable SimulatedServer server;
  private Answer answer = Answer.FAILED;
  private boolean ended;
  private double reported = Double.NaN;

  /** Whether it goes to the targets by way of strangers; what becomes of it is not counted. */
  boolean strange;

  Request(Simulation simulation, double workSeconds, double luck, boolean longPoll, double origin) {
    super(workSeconds, luck);
    this.simulation = simulation;
    this.longPoll = longPoll;
    this.origin = origin;
    arrivedNanos = simulation.events().nowNanos();
  }

  @Override
  public long flow() {
    return Double.doubleToLongBits(origin);
  }

  @Override
  public void forward(RequestInFlight opened) {
    inFlight = opened;
    choose(simulation.server(opened.target()));
    simulation.toServer.add(this);
  }

  @Override
  public void refuse(Refusal reason) {
    end(false);
  }

  /** Sets its server. */
  void choose(SimulatedServer chosen) {
    server = chosen;
    simulation.recorder().sent(chosen.number());
  }

  /** The request reaches its server. */
  void reachServer() {
    SimulatedServer reached = server;
    if (reached == null) {
      throw new IllegalStateException("no server was chosen");
    }
    if (longPoll && !reached.fails(this)) {
      reached.addLongPolls(1);
      simulation.longPolls.add(this);
    } else {
      reached.arrive(this);
    }
  }

  @Override
  void left(Answer outcome) {
    answer = outcome;
    SimulatedServer from = server;
    if (from != null) {
      if (longPoll && outcome == Answer.SERVED) {
        from.addLongPolls(-1);
      }
      reported = simulation.reportOf(from);
    }
    simulation.toBalancer.add(this);
  }

  /** The answer reaches the balancer. */
  void answered() {
    end(answer == Answer.SERVED);
  }

  /** The deadline is over. */
  void giveUp() {
    if (!ended && server == null) {
      simulation.frontend().withdraw(this);
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
      if (success && !Double.isNaN(reported)) {
        simulation.frontend().reported(this, opened.target(), reported);
      }
      if (success) {
        opened.succeeded();
      } else {
        opened.failed();
      }
    }
    // The latency of a long poll says nothing about routing.
    if (!longPoll && !strange) {
      simulation.recorder().ended(arrivedNanos, success);
    }
  }
}
