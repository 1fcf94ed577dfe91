package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupSettings;

/** What a scenario compares: a policy or an oracle. */
public sealed interface Contender {

  /** Unique name, also in the document. */
  String name();

  /**
   * A policy in the product's own router.
   *
   * @param loops event loops of each balancer; each loop has a router
   */
  record Routed(String name, GroupSettings settings, int loops) implements Contender {

    /** With one event loop, the ordinary case. */
    public Routed(String name, GroupSettings settings) {
      this(name, settings, 1);
    }
  }

  /** An oracle. */
  record WithOracle(String name, Oracle.Rule rule) implements Contender {}
}
