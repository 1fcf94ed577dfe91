package dev.leadline.routing.policy.leadline;

import java.util.random.RandomGenerator;

/**
 * Requests that other balancers send at the same moment as this one. All balancers know the same
 * counts, so all would send to the same target before any can hear of it. Where requests come
 * together more often than by chance, a balancer takes a random place among those that probably
 * compete: so many of them come first, and take the best targets.
 *
 * <p>How many compete is learned from its own requests: each balancer gets its part of what comes
 * together. Where requests wait, none compete: they go when a place becomes free, and not when they
 * come. If more than {@value #MOST} compete, all room is taken whoever comes first, so that there
 * is no order. Independent requests (a Poisson process) come together by chance alone; then nothing
 * competes, and the best target is the best. Not thread-safe.
 */
final class Rivals {

  private static final int MOST = 32;

  private static final double MEMORY_REQUESTS = 200;
  private static final double SECONDS_PER_NANO = 1e-9;

  /** Balancers do not know of each other's requests for a part of the service time, or longer. */
  private static final double UNSEEN_PART = 0.2;

  private static final double LEAST_UNSEEN_SECONDS = 2e-3;

  /** How much more often than by chance they have to come together. */
  private static final double MORE_THAN_CHANCE = 1.5;

  private boolean othersWait;
  private double recent;
  private double before;
  private long sentNanos;

  /**
   * The last request that asked was sent.
   *
   * @param serviceSeconds mean service time of the group
   */
  void sent(long nowNanos, double serviceSeconds) {
    if (othersWait) {
      return;
    }
    double passed = Math.max(0, nowNanos - sentNanos) * SECONDS_PER_NANO;
    recent *= Math.exp(-passed / unseenSeconds(serviceSeconds));
    sentNanos = nowNanos;
    before += (recent - before) / MEMORY_REQUESTS;
    recent++;
  }

  /**
   * A request asks for a target: how many requests of others come before it.
   *
   * @param held how many others wait here
   * @param balancers whose requests are known, this one included
   * @param perSecond requests that this balancer sends
   * @param serviceSeconds mean service time of the group
   * @return 0 to {@value #MOST}
   */
  int first(
      int held, int balancers, double perSecond, double serviceSeconds, RandomGenerator random) {
    othersWait = held > 0;
    double byChance = perSecond * unseenSeconds(serviceSeconds);
    if (othersWait || before < MORE_THAN_CHANCE * byChance) {
      return 0;
    }
    // As many come after a request as before it.
    double competing = 2 * (balancers - 1) * (before - byChance);
    return competing < 1 || competing > MOST ? 0 : random.nextInt(1 + (int) competing);
  }

  private static double unseenSeconds(double serviceSeconds) {
    return Math.max(LEAST_UNSEEN_SECONDS, UNSEEN_PART * serviceSeconds);
  }
}
