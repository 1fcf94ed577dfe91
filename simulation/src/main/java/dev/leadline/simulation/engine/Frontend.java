package dev.leadline.simulation.engine;

import dev.leadline.routing.target.TargetState;
import dev.leadline.simulation.scenario.Change;

/** Decides which server gets a request. */
interface Frontend {

  /** A request arrived. Exactly one of its methods is called, now or later. */
  void route(Request request);

  /** A request reached its deadline before it had a server. */
  void withdraw(Request request);

  /** The server changed. A balancer may use this only for servers that join or leave. */
  void changed(SimulatedServer server, Change change);

  /** The server said with its answer to this request that it has so many in flight. */
  default void reported(Request request, TargetState target, double inFlight) {}

  /** A request left its server. A balancer must wait for the answer instead. */
  default void left() {}
}
