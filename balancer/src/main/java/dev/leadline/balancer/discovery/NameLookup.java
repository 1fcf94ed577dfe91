package dev.leadline.balancer.discovery;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Asks for the addresses of host names. Not thread-safe: it belongs to one event loop. */
interface NameLookup {

  /**
   * What is known of a name's addresses of one family.
   *
   * @param addresses none if {@code problem} is not empty, or if the name has none of this family
   * @param ttl how long this is true, as the one who knows says
   * @param problem why nothing is known; empty if something is
   */
  record Family(List<InetAddress> addresses, Duration ttl, String problem) {

    /** The name has these addresses. */
    static Family of(List<InetAddress> addresses, Duration ttl) {
      return new Family(addresses, ttl, "");
    }

    /** There was no answer, or none that says something. */
    static Family unknown(String problem) {
      return new Family(List.of(), Duration.ZERO, problem);
    }

    boolean isKnown() {
      return problem.isEmpty();
    }
  }

  /**
   * What is known of a name.
   *
   * @param none why it has no address, if it has none; for messages
   */
  record Answer(Family v4, Family v6, String none) {

    /** Whether it is certain that the name has no address. */
    boolean isNone() {
      return v4.isKnown() && v6.isKnown() && v4.addresses().isEmpty() && v6.addresses().isEmpty();
    }
  }

  /** Looks a name up now; never fails. */
  Future<Answer> lookUp(String name);

  /** Looks nothing up any more. */
  void close();
}
