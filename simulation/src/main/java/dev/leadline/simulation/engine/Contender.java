package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupSettings;

/** Somebody who routes the requests of a scenario. */
public sealed interface Contender {

  /** Unique, as it stands in the document. */
  String name();

  /** A policy of the product, as it is in the product. */
  record Routed(String name, GroupSettings settings) implements Contender {}

  /** Somebody who knows what nobody can know. */
  record AllKnowing(String name, Oracle.Rule rule) implements Contender {}
}
