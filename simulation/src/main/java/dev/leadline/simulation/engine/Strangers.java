package dev.leadline.simulation.engine;

import dev.leadline.routing.target.TargetState;
import dev.leadline.simulation.scenario.Change;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Balancers whose targets get a share of the requests from another load balancer. */
final class Strangers implements Frontend {

  private final double share;
  private final RandomGenerator random;
  private final Balancers strangers;
  private final Balancers ours;

  Strangers(Simulation simulation, Contender.Beside beside, SplittableRandom random) {
    share = beside.share();
    this.random = random.split();
    strangers = new Balancers(simulation, beside.strangers(), 1, random.split());
    ours = new Balancers(simulation, beside.ours(), random.split());
  }

  private Balancers of(Request request) {
    return request.strange ? strangers : ours;
  }

  @Override
  public void route(Request request) {
    request.strange = random.nextDouble() < share;
    of(request).route(request);
  }

  @Override
  public void withdraw(Request request) {
    of(request).withdraw(request);
  }

  @Override
  public void reported(Request request, TargetState target, double inFlight) {
    if (!request.strange) {
      ours.reported(request, target, inFlight);
    }
  }

  @Override
  public void changed(SimulatedServer server, Change change) {
    strangers.changed(server, change);
    ours.changed(server, change);
  }
}
