package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code fastest}: the balancer probes every target periodically and sends all requests to the one
 * whose last probe was fastest, until another is faster.
 *
 * <p>Hysteresis: another target takes over only if its last probe took less than {@code 1 -
 * hysteresis} times that of the current one, so that two equal targets do not swap with every
 * probe.
 *
 * <p>Unmeasured: a target without a successful last probe counts as infinitely slow. It is chosen
 * only while no candidate has a measurement; then they take turns. Weights have no meaning.
 *
 * <p>Its weakness is known: between two probes one target gets every request.
 *
 * @param interval time between two probes of a target, 10 ms to 1 min
 * @param hysteresis how much faster another target must be, 0 (any difference) to 0.9 (ten times)
 */
public record FastestPolicy(Duration interval, double hysteresis) implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "fastest",
          "probes every target, sends all requests to the one that answered fastest",
          false,
          settings ->
              new FastestPolicy(
                  settings.duration(
                      "probeInterval",
                      "1s",
                      "10ms",
                      "1m",
                      "Time between two probes of a target; a probe requests the path of the"
                          + " health check."),
                  settings.number(
                      "hysteresis",
                      0.1,
                      0,
                      0.9,
                      "share",
                      "Another target takes over when its probe took less than 1 - hysteresis times"
                          + " that of the present one.")));

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public Optional<Duration> probeInterval() {
    return Optional.of(interval);
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(hysteresis);
  }

  private static final class Selector implements TargetSelector {

    private final LoadMetric metric = LoadMetric.PROBED_RESPONSE_TIME;
    private final LeastLoad leastLoad = new LeastLoad(metric);
    private final double mustBeBelow;

    private @Nullable TargetState present;
    private int comparedOver;

    Selector(double hysteresis) {
      mustBeBelow = 1 - hysteresis;
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      TargetState holder = present;
      // Only a probe changes a measurement: until then the last comparison holds.
      if (holder != null && candidates.size() == comparedOver && candidates.contains(holder)) {
        return holder;
      }
      comparedOver = candidates.size();
      return compare(candidates, holder);
    }

    @Override
    public void probed(TargetState target) {
      comparedOver = 0;
    }

    @Override
    public void left(TargetState target) {
      if (target == present) {
        present = null;
      }
    }

    @Override
    public double load(TargetState candidate) {
      return metric.load(candidate);
    }

    @Override
    public String rule() {
      return present == null
          ? "no candidate is measured: they take turns"
          : "fastest until another";
    }

    private TargetState compare(List<TargetState> candidates, @Nullable TargetState holder) {
      TargetState fastest = leastLoad.choose(candidates);
      double best = metric.load(fastest);
      if (best == Double.POSITIVE_INFINITY) {
        present = null;
        return fastest;
      }
      if (holder == null
          || !candidates.contains(holder)
          || best < metric.load(holder) * mustBeBelow) {
        present = fastest;
        return fastest;
      }
      return holder;
    }
  }
}
