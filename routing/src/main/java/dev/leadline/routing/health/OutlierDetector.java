package dev.leadline.routing.health;

import dev.leadline.routing.target.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * Ejects the outliers of one group, as {@link Ejection} says, and takes them back when their time
 * is over. Not thread-safe.
 */
public final class OutlierDetector {

  private static final int LEAST_TARGETS = 5;
  private static final int LEAST_REQUESTS = 100;

  /** Where hardly anybody fails, one failure is many deviations: it has to be so much worse too. */
  private static final double LEAST_GAP = 0.05;

  private static final int LEAST_TARGETS_FOR_TIMES = 3;
  private static final int LEAST_ANSWERS = 20;

  private final Ejection rules;
  private final List<Conduct> conducts = new ArrayList<>();
  private long intervalNanos;

  /** What is kept of one target. */
  public static final class Conduct {
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

  /** A target joins. */
  public Conduct join() {
    Conduct conduct = new Conduct();
    conducts.add(conduct);
    return conduct;
  }

  /** A target has left. */
  public void leave(Conduct conduct) {
    conducts.remove(conduct);
  }

  /**
   * A request ended.
   *
   * @return whether its target is ejected for it
   */
  public boolean closed(Conduct conduct, Outcome outcome, long nanos, long nowNanos) {
    switch (outcome) {
      case SUCCEEDED -> {
        conduct.failuresInRow = 0;
        conduct.answers++;
        conduct.answerNanos += nanos;
      }
      case FAILED -> {
        conduct.failures++;
        // Stops there: nothing grows for as long as a target lives.
        conduct.failuresInRow = Math.min(conduct.failuresInRow + 1, Integer.MAX_VALUE - 1);
        if (rules.consecutiveFailures() > 0
            && conduct.failuresInRow >= rules.consecutiveFailures()) {
          return eject(conduct, nowNanos);
        }
      }
      case IGNORED -> {}
    }
    return false;
  }

  /**
   * Time has passed.
   *
   * @return whether somebody was ejected or came back
   */
  public boolean tick(long nowNanos) {
    boolean changed = false;
    for (Conduct conduct : conducts) {
      if (conduct.ejected && nowNanos - conduct.endsNanos >= 0) {
        conduct.ejected = false;
        conduct.failuresInRow = 0;
        changed = true;
      }
    }
    if (nowNanos - intervalNanos >= rules.interval().toNanos()) {
      intervalNanos = nowNanos;
      changed |= ejectByRates(nowNanos);
      changed |= ejectByTimes(nowNanos);
      for (Conduct conduct : conducts) {
        if (!conduct.ejected && conduct.ejections > 0 && conduct.failures == 0) {
          conduct.ejections--;
        }
        conduct.answers = 0;
        conduct.failures = 0;
        conduct.answerNanos = 0;
      }
    }
    return changed;
  }

  private boolean ejectByRates(long nowNanos) {
    double sum = 0;
    double squares = 0;
    int counted = 0;
    for (Conduct conduct : conducts) {
      if (conduct.answers + conduct.failures >= LEAST_REQUESTS) {
        double rate = successRate(conduct);
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
    for (Conduct conduct : conducts) {
      if (conduct.answers + conduct.failures >= LEAST_REQUESTS && successRate(conduct) < least) {
        changed |= eject(conduct, nowNanos);
      }
    }
    return changed;
  }

  private static double successRate(Conduct conduct) {
    return (double) conduct.answers / (conduct.answers + conduct.failures);
  }

  private boolean ejectByTimes(long nowNanos) {
    double[] times =
        conducts.stream()
            .filter(conduct -> conduct.answers >= LEAST_ANSWERS)
            .mapToDouble(conduct -> conduct.answerNanos / conduct.answers)
            .sorted()
            .toArray();
    if (rules.slowerTimes() == 0 || times.length < LEAST_TARGETS_FOR_TIMES) {
      return false;
    }
    double most = rules.slowerTimes() * times[(times.length - 1) / 2];
    boolean changed = false;
    for (Conduct conduct : conducts) {
      if (conduct.answers >= LEAST_ANSWERS && conduct.answerNanos / conduct.answers > most) {
        changed |= eject(conduct, nowNanos);
      }
    }
    return changed;
  }

  /** Ejects a target, if the others can do without it. */
  private boolean eject(Conduct conduct, long nowNanos) {
    long ejected = conducts.stream().filter(Conduct::isEjected).count();
    long most = Math.max(1, (long) (rules.mostShare() * conducts.size()));
    if (conduct.ejected || ejected >= most || ejected + 1 >= conducts.size()) {
      return false;
    }
    conduct.ejected = true;
    conduct.ejections++;
    long nanos = Math.min(rules.longest().toNanos(), conduct.ejections * rules.base().toNanos());
    conduct.endsNanos = nowNanos + nanos;
    return true;
  }
}
