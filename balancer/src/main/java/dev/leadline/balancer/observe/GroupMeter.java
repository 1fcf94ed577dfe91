package dev.leadline.balancer.observe;

import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Counts what the {@linkplain Metrics metrics} of a target group and of its targets need, from the
 * end of each request. Not thread-safe: it belongs to one event loop.
 */
public final class GroupMeter implements RequestEnd.Listener {

  private final Counts.Counter<RequestEnd> counter = Metrics.GROUP.newCounter();

  /** By state, which goes when its target has: nothing here outlives a target. */
  private final Map<TargetState, Counts.Counter<TargetAttempt>> byTarget = new WeakHashMap<>();

  private WindowTimes times = new WindowTimes();

  @Override
  public void ended(RequestEnd end) {
    counter.count(end);
    List<? extends TargetAttempt> attempts = end.attempts();
    for (int i = 0; i < attempts.size(); i++) {
      TargetAttempt attempt = attempts.get(i);
      counter(attempt.target()).count(attempt);
      if (attempt.result() == TargetAttempt.Result.ANSWERED) {
        times.response().recordValue(attempt.responseNanos() / 1000);
        times.processing().recordValue(end.processingNanos(attempt) / 1000);
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

  /** Times since the last call; starts a new collection. */
  public WindowTimes takeTimes() {
    WindowTimes taken = times;
    times = new WindowTimes();
    return taken;
  }
}
