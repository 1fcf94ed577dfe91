package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * A small random preference among targets that look equal, different in every balancer. Balancers
 * side by side do not see each other's requests. With different preferences each one sends most of
 * the requests that its preferred targets get, so its own counts are nearly right. If all took
 * turns, each would see only a part of every target's requests.
 *
 * <p>It is too small to send a request to a busier target. It is drawn again from time to time, so
 * that all targets get the same in the long run. Not thread-safe.
 */
final class Preference {

  private static final double STRENGTH = 0.02;

  private double value = 1;

  /** Draws a new value. */
  void draw(RandomGenerator random) {
    value = 1 + STRENGTH * random.nextDouble();
  }

  /** How much the new request counts in this target's score: 1, or slightly more. */
  double value() {
    return value;
  }
}
