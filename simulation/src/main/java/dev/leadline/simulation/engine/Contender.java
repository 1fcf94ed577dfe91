package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupSettings;
import java.util.Optional;

/** What a scenario compares: a policy or an oracle. */
public sealed interface Contender {

  /** Unique name, also in the document. */
  String name();

  /**
   * A policy in the product's own router.
   *
   * @param loops event loops of each balancer; each loop has a router
   * @param exchange how several balancers tell each other what they have in flight, if they do; for
   *     balancers with one event loop
   * @param subset how many of the targets each balancer uses; 0 for all
   */
  record Routed(
      String name, GroupSettings settings, int loops, Optional<Exchange> exchange, int subset)
      implements Contender {

    /** With one event loop and without exchange, the ordinary case. */
    public Routed(String name, GroupSettings settings) {
      this(name, settings, 1, Optional.empty(), 0);
    }
  }

  /**
   * A policy whose targets get requests of strangers too: of another load balancer, that tells
   * nobody anything. Only the others' requests are counted.
   *
   * @param strangers the other load balancer
   * @param share of all requests that strangers have, 0 to 1
   * @param reports what targets say of their load with every answer
   */
  record Beside(String name, Routed ours, Routed strangers, double share, LoadReports.Kind reports)
      implements Contender {}

  /** An oracle. */
  record WithOracle(String name, Oracle.Rule rule) implements Contender {}
}
