package dev.leadline.simulation.engine;

import dev.leadline.simulation.scenario.Change;

/** Whoever decides which server gets a request. */
interface Frontend {

  /** A request arrived. It is answered now or later, by whichever of its methods fits. */
  void route(Request request);

  /** A request's client has left before it had a server. */
  void withdraw(Request request);

  /** This happened to the server; a balancer can only know of who joins and who leaves. */
  void changed(SimulatedServer server, Change change);

  /** A request left its server at this moment; a balancer hears of it from its answer. */
  default void left() {}
}
