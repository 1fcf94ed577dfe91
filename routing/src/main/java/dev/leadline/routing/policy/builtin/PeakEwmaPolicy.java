package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.List;

/**
 * {@code peak_ewma}: the target with the smallest product of response time and requests in flight.
 * The response time is a moving average that rises at once and falls slowly, so that a target is
 * avoided from its first slow answer (Finagle's and Linkerd's {@code peak_ewma}; formula from their
 * documentation, 2016).
 *
 * <p>A sample {@code r} above the average replaces it; below, {@code average = average * w + r * (1
 * - w)} with {@code w = exp(-dt / tau)}, {@code dt} being the time since the last sample. The cost
 * is {@code average * (requestsInFlight + 1)}; while nothing is in flight the average also fades by
 * w when it is read, so that an avoided target gets requests again. (In the originals it fades in
 * any case, so a target that hangs looks better every second.) All candidates are compared, where
 * the originals compare two random ones; equals take turns.
 *
 * <p>A failed request counts as {@code errorCost}, because failing fast must not look fast. An
 * unmeasured target has {@code firstResponse}. Weights have no meaning.
 *
 * @param tau time in which a sample fades to a third, 100 ms to 10 min
 * @param firstResponse response time of an unmeasured target, 0 to 1 min
 * @param errorCost time that a failure counts as, 0 to 10 min
 */
public record PeakEwmaPolicy(Duration tau, Duration firstResponse, Duration errorCost)
    implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "peak_ewma",
          "the smallest product of response time (which jumps up, fades slowly) and requests in"
              + " flight",
          false,
          settings ->
              new PeakEwmaPolicy(
                  settings.duration(
                      "tau", "10s", "100ms", "10m", "A slow answer fades to a third in this time."),
                  settings.duration(
                      "firstResponse",
                      "30ms",
                      "0s",
                      "1m",
                      "Response time that is assumed of a target without a measurement."),
                  settings.duration(
                      "errorCost",
                      "5s",
                      "0s",
                      "10m",
                      "A failed request counts as one that took this time.")));

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(this, context.clock());
  }

  private static final class Average {
    double nanos;
    long updatedNanos;
  }

  private static final class Selector implements TargetSelector {

    private final NanoClock clock;
    private double tauNanos;
    private long errorNanos;
    private long firstNanos;
    private final PerTarget<Average> averages;
    private final LeastLoad leastLoad;

    Selector(PeakEwmaPolicy policy, NanoClock clock) {
      this.clock = clock;
      use(policy);
      averages =
          new PerTarget<>(
              () -> {
                Average average = new Average();
                average.nanos = firstNanos;
                average.updatedNanos = clock.nanoTime();
                return average;
              });
      LoadMetric metric = this::load;
      leastLoad = new LeastLoad(metric);
    }

    @Override
    public boolean use(RoutingPolicy changed) {
      if (!(changed instanceof PeakEwmaPolicy policy)) {
        return false;
      }
      tauNanos = policy.tau.toNanos();
      errorNanos = policy.errorCost.toNanos();
      firstNanos = policy.firstResponse.toNanos();
      return true;
    }

    @Override
    public void joined(TargetState target) {
      averages.joined(target);
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      return leastLoad.choose(candidates);
    }

    @Override
    public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
      if (outcome != Outcome.IGNORED) {
        Average average = averages.of(target);
        long now = clock.nanoTime();
        long sample = outcome == Outcome.FAILED ? Math.max(nanos, errorNanos) : nanos;
        double kept = kept(average, now);
        average.nanos =
            sample > average.nanos ? sample : average.nanos * kept + sample * (1 - kept);
        average.updatedNanos = now;
      }
    }

    /** Cost in nanoseconds. */
    @Override
    public double load(TargetState candidate) {
      Average average = averages.of(candidate);
      int inFlight = candidate.requestsInFlightOfAll();
      return inFlight == 0
          ? average.nanos * kept(average, clock.nanoTime())
          : average.nanos * (inFlight + 1);
    }

    @Override
    public String rule() {
      return "smallest product of response time and requests in flight";
    }

    private double kept(Average average, long now) {
      return Math.exp(-(now - average.updatedNanos) / tauNanos);
    }
  }
}
