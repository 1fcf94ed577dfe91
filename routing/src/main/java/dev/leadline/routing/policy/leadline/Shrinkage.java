package dev.leadline.routing.policy.leadline;

import java.util.List;

/**
 * Moves the service times of a group towards their common mean, as far as chance explains their
 * differences (empirical Bayes, a positive-part James-Stein estimate on logarithms; Efron and
 * Morris, JASA 70, 1975).
 *
 * <p>With {@code m} the measured mean of a target, {@code n} its samples and {@code cv2} the pooled
 * squared variation of a sample: {@code se2 = cv2 / n}; {@code mu} is the mean of {@code ln m} with
 * weights {@code n / (n + 8)}; {@code tau2 = max(0, variance of ln m between the targets - mean
 * se2)}; and the estimate is {@code exp(mu + (ln m - mu) * tau2 / (tau2 + se2))}.
 *
 * <p>So identical targets get exactly equal estimates, and the policy becomes least outstanding
 * requests; real differences remain. A target without samples gets the group's mean.
 */
final class Shrinkage {

  /**
   * Cost of a request before the first sample; only that it is the same for every target matters.
   */
  static final double UNMEASURED_SECONDS = 1e-3;

  private static final double DOUBT_SAMPLES = 8;

  private Shrinkage() {}

  /**
   * Estimates the cost of a request for every target.
   *
   * @param targets receives {@link TargetModel#costSeconds}, positive
   * @param nowNanos the current time
   * @param shrink whether to move towards the mean; if not, each measurement is used as it is
   * @return the group's mean, in seconds
   */
  static double estimate(List<TargetModel> targets, long nowNanos, boolean shrink) {
    double weights = 0;
    double weightedLog = 0;
    double samples = 0;
    double variation = 0;
    int measured = 0;
    for (int i = 0; i < targets.size(); i++) {
      TargetModel it = targets.get(i);
      it.serviceTime.age(nowNanos);
      double n = it.serviceTime.count();
      if (n >= 1) {
        double weight = n / (n + DOUBT_SAMPLES);
        it.logSeconds = Math.log(it.serviceTime.meanSeconds());
        weights += weight;
        weightedLog += weight * it.logSeconds;
        samples += n;
        variation += n * it.serviceTime.squaredVariation();
        measured++;
      }
    }
    if (measured == 0) {
      return UNMEASURED_SECONDS;
    }
    double mean = weightedLog / weights;
    double pooled = variation / samples;
    double real = shrink ? realVariance(targets, mean, pooled, weights) : Double.POSITIVE_INFINITY;
    for (int i = 0; i < targets.size(); i++) {
      TargetModel it = targets.get(i);
      double n = it.serviceTime.count();
      double trust = 0;
      if (n >= 1 && real > 0) {
        trust = real == Double.POSITIVE_INFINITY ? 1 : real / (real + pooled / n);
      }
      double distance = trust == 0 ? 0 : it.logSeconds - mean;
      it.costSeconds = Math.exp(mean + trust * distance);
    }
    return Math.exp(mean);
  }

  /** How much the targets differ beyond what chance explains: variance of {@code ln m}. */
  private static double realVariance(
      List<TargetModel> targets, double mean, double pooled, double weights) {
    double between = 0;
    double chance = 0;
    for (int i = 0; i < targets.size(); i++) {
      TargetModel it = targets.get(i);
      double n = it.serviceTime.count();
      if (n >= 1) {
        double weight = n / (n + DOUBT_SAMPLES);
        double distance = it.logSeconds - mean;
        between += weight * distance * distance;
        chance += weight * pooled / n;
      }
    }
    return Math.max(0, (between - chance) / weights);
  }
}
