package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupSettings;

/** Somebody who routes the requests of a scenario. */
public sealed interface Contender {

  /** Unique, as it stands in the document. */
  String name();

  /**
   * A policy of the product, as it is in the product.
   *
   * @param loops event loops of each balancer, with a router each
   */
  record Routed(String name, GroupSettings settings, int loops) implements Contender {

    /** The same with one event loop, which is the ordinary case. */
    public Routed(String name, GroupSettings settings) {
      this(name, settings, 1);
    }
  }

  /** Somebody who knows what nobody can know. */
  record AllKnowing(String name, Oracle.Rule rule) implements Contender {}
}
