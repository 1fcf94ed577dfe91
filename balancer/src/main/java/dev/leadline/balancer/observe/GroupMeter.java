package dev.leadline.balancer.observe;

import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.HdrHistogram.Histogram;

/**
 * Counts what the {@linkplain Metrics metrics} of a target group and of its targets need, from the
 * end of each request. Not thread-safe: it belongs to one event loop.
 */
public final class GroupMeter implements RequestEnd.Listener {

  /** Response times are kept to this many significant digits: 1%. */
  private static final int DIGITS = 2;

  private final Counts.Counter<RequestEnd> counter = Metrics.GROUP.newCounter();

  /** By state, which goes when its target has: nothing here outlives a target. */
  private final Map<TargetState, Counts.Counter<TargetAttempt>> byTarget = new WeakHashMap<>();

  private Histogram responseMicros = new Histogram(DIGITS);

  @Override
  public void ended(RequestEnd end) {
    counter.count(end);
    List<? extends TargetAttempt> attempts = end.attempts();
    for (int i = 0; i < attempts.size(); i++) {
      TargetAttempt attempt = attempts.get(i);
      counter(attempt.target()).count(attempt);
      if (attempt.result() == TargetAttempt.Result.ANSWERED) {
        responseMicros.recordValue(attempt.responseNanos() / 1000);
      }
    }
  }

  private Counts.Counter<TargetAttempt> counter(TargetState target) {
    Counts.Counter<TargetAttempt> known = byTarget.get(target);
    if (known == null) {
      known = Metrics.TARGET.newCounter();
      byTarget.put(target, known);
    }
    return known;
  }

  /** The counts of the group so far. */
  public Counts counts() {
    return counter.counts();
  }

  /** The counts of a target so far. */
  public Counts counts(TargetState target) {
    return counter(target).counts();
  }

  /** Response times since the last call, in microseconds; starts a new collection. */
  public Histogram takeResponseMicros() {
    Histogram taken = responseMicros;
    responseMicros = new Histogram(DIGITS);
    return taken;
  }
}
