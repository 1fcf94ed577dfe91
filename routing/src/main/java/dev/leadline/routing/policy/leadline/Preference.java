package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * A slight liking for some targets over others that look the same, drawn by every balancer for
 * itself. Balancers side by side, which do not see each other's requests, so prefer different
 * targets; each then has most of the requests of its favourites itself, and what it sees of them is
 * nearly the truth. With turns instead, every balancer sees a bit of every target.
 *
 * <p>Too slight to send a request to a target that is busier. Drawn again from time to time, so
 * that in the long run all get the same. Not thread-safe.
 */
final class Preference {

  private static final double STRENGTH = 0.02;

  private double value = 1;

  /** Draws anew. */
  void draw(RandomGenerator random) {
    value = 1 + STRENGTH * random.nextDouble();
  }

  /** What a request counts for itself at this target: 1, or slightly more. */
  double value() {
    return value;
  }
}
