package dev.leadline.routing.resilience;

import dev.leadline.routing.target.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Ejects the outliers of one group by the rules of {@link Ejection}, and ends ejections. Not
 * thread-safe.
 */
public final class OutlierDetector {

  private static final int LEAST_TARGETS = 5;
  private static final int LEAST_REQUESTS = 100;

  /** When hardly any request fails, one failure is already many deviations. */
  private static final double LEAST_GAP = 0.05;

  private static final int LEAST_TARGETS_FOR_TIMES = 3;
  private static final int LEAST_ANSWERS = 20;

  private Ejection rules;
  private final List<TargetMonitor> monitors = new ArrayList<>();
  private long intervalNanos;

  /** What was observed of one target. */
  public static final class TargetMonitor {
    private int failuresInRow;
    private int answers;
    private int failures;
    private double answerNanos;
    private int ejections;
    private boolean ejected;
    private long endsNanos;

    /** Whether it is ejected now. */
    public boolean isEjected() {
      return ejected;
    }
  }

  /** A group without targets. */
  public OutlierDetector(Ejection rules) {
    this.rules = rules;
  }

  /** From now on these rules hold; what was observed stays. If they are off, ejections end. */
  public void use(Ejection changed) {
    rules = changed;
    if (!rules.isOn()) {
      monitors.forEach(monitor -> monitor.ejected = false);
    }
  }

  /** A target joins. */
  public TargetMonitor join() {
    TargetMonitor monitor = new TargetMonitor();
    monitors.add(monitor);
    return monitor;
  }

  /** A target has left. */
  public void leave(TargetMonitor monitor) {
    monitors.remove(monitor);
  }

  /**
   * A request ended.
   *
   * @return whether its target was ejected because of it
   */
  public boolean closed(TargetMonitor monitor, Outcome outcome, long nanos, long nowNanos) {
    switch (outcome) {
      case SUCCEEDED -> {
        monitor.failuresInRow = 0;
        monitor.answers++;
        monitor.answerNanos += nanos;
      }
      case FAILED -> {
        monitor.failures++;
        // Bounded, so that it cannot overflow.
        monitor.failuresInRow = Math.min(monitor.failuresInRow + 1, Integer.MAX_VALUE - 1);
        if (rules.consecutiveFailures() > 0
            && monitor.failuresInRow >= rules.consecutiveFailures()) {
          return eject(monitor, nowNanos);
        }
      }
      case IGNORED -> {}
    }
    return false;
  }

  /**
   * Time has passed.
   *
   * @return whether an ejection began or ended
   */
  public boolean tick(long nowNanos) {
    boolean changed = false;
    for (TargetMonitor monitor : monitors) {
      if (monitor.ejected && nowNanos - monitor.endsNanos >= 0) {
        monitor.ejected = false;
        monitor.failuresInRow = 0;
        changed = true;
      }
    }
    if (nowNanos - intervalNanos >= rules.interval().toNanos()) {
      intervalNanos = nowNanos;
      changed |= ejectByRates(nowNanos);
      changed |= ejectByTimes(nowNanos);
      for (TargetMonitor monitor : monitors) {
        if (!monitor.ejected && monitor.ejections > 0 && monitor.failures == 0) {
          monitor.ejections--;
        }
        monitor.answers = 0;
        monitor.failures = 0;
        monitor.answerNanos = 0;
      }
    }
    return changed;
  }

  private boolean ejectByRates(long nowNanos) {
    double sum = 0;
    double squares = 0;
    int counted = 0;
    for (TargetMonitor monitor : monitors) {
      if (monitor.answers + monitor.failures >= LEAST_REQUESTS) {
        double rate = successRate(monitor);
        sum += rate;
        squares += rate * rate;
        counted++;
      }
    }
    if (rules.successDeviations() == 0 || counted < LEAST_TARGETS) {
      return false;
    }
    double mean = sum / counted;
    double deviation = Math.sqrt(Math.max(0, squares / counted - mean * mean));
    double least = mean - Math.max(LEAST_GAP, rules.successDeviations() * deviation);
    boolean changed = false;
    for (TargetMonitor monitor : monitors) {
      if (monitor.answers + monitor.failures >= LEAST_REQUESTS && successRate(monitor) < least) {
        changed |= eject(monitor, nowNanos);
      }
    }
    return changed;
  }

  private static double successRate(TargetMonitor monitor) {
    return (double) monitor.answers / (monitor.answers + monitor.failures);
  }

  private boolean ejectByTimes(long nowNanos) {
    double[] times =
        monitors.stream()
            .filter(monitor -> monitor.answers >= LEAST_ANSWERS)
            .mapToDouble(monitor -> monitor.answerNanos / monitor.answers)
            .sorted()
            .toArray();
    if (rules.slowerTimes() == 0 || times.length < LEAST_TARGETS_FOR_TIMES) {
      return false;
    }
    double most = rules.slowerTimes() * times[(times.length - 1) / 2];
    boolean changed = false;
    for (TargetMonitor monitor : monitors) {
      if (monitor.answers >= LEAST_ANSWERS && monitor.answerNanos / monitor.answers > most) {
        changed |= eject(monitor, nowNanos);
      }
    }
    return changed;
  }

  /** Ejects a target unless too many are ejected already. */
  private boolean eject(TargetMonitor monitor, long nowNanos) {
    long ejected = monitors.stream().filter(TargetMonitor::isEjected).count();
    long most = Math.max(1, (long) (rules.mostShare() * monitors.size()));
    if (monitor.ejected || ejected >= most || ejected + 1 >= monitors.size()) {
      return false;
    }
    monitor.ejected = true;
    monitor.ejections++;
    long nanos = Math.min(rules.longest().toNanos(), monitor.ejections * rules.base().toNanos());
    monitor.endsNanos = nowNanos + nanos;
    return true;
  }
}
