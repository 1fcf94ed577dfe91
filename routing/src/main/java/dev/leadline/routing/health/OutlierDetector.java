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
  private static final int LEAST_TARGETS_FOR_TIMES = 3;
  private static final int LEAST_ANSWERS = 20;

  private final Ejection rules;
  private final List<Record> records = new ArrayList<>();
  private long intervalNanos;

  /** What is kept of one target. */
  public static final class Record {
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
  public Record join() {
    Record record = new Record();
    records.add(record);
    return record;
  }

  /** A target has left. */
  public void leave(Record record) {
    records.remove(record);
  }

  /**
   * A request ended.
   *
   * @return whether its target is ejected for it
   */
  public boolean closed(Record record, Outcome outcome, long nanos, long nowNanos) {
    switch (outcome) {
      case SUCCEEDED -> {
        record.failuresInRow = 0;
        record.answers++;
        record.answerNanos += nanos;
      }
      case FAILED -> {
        record.failures++;
        // Stops there: nothing grows for as long as a target lives.
        record.failuresInRow = Math.min(record.failuresInRow + 1, Integer.MAX_VALUE - 1);
        if (rules.consecutiveFailures() > 0
            && record.failuresInRow >= rules.consecutiveFailures()) {
          return eject(record, nowNanos);
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
    for (Record record : records) {
      if (record.ejected && nowNanos - record.endsNanos >= 0) {
        record.ejected = false;
        record.failuresInRow = 0;
        changed = true;
      }
    }
    if (nowNanos - intervalNanos >= rules.interval().toNanos()) {
      intervalNanos = nowNanos;
      changed |= ejectByRates(nowNanos);
      changed |= ejectByTimes(nowNanos);
      for (Record record : records) {
        if (!record.ejected && record.ejections > 0 && record.failures == 0) {
          record.ejections--;
        }
        record.answers = 0;
        record.failures = 0;
        record.answerNanos = 0;
      }
    }
    return changed;
  }

  private boolean ejectByRates(long nowNanos) {
    double sum = 0;
    double squares = 0;
    int counted = 0;
    for (Record record : records) {
      if (record.answers + record.failures >= LEAST_REQUESTS) {
        double rate = successRate(record);
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
    boolean changed = false;
    for (Record record : records) {
      if (record.answers + record.failures >= LEAST_REQUESTS
          && successRate(record) < mean - rules.successDeviations() * deviation) {
        changed |= eject(record, nowNanos);
      }
    }
    return changed;
  }

  private static double successRate(Record record) {
    return (double) record.answers / (record.answers + record.failures);
  }

  private boolean ejectByTimes(long nowNanos) {
    double[] times =
        records.stream()
            .filter(record -> record.answers >= LEAST_ANSWERS)
            .mapToDouble(record -> record.answerNanos / record.answers)
            .sorted()
            .toArray();
    if (rules.slowerTimes() == 0 || times.length < LEAST_TARGETS_FOR_TIMES) {
      return false;
    }
    double most = rules.slowerTimes() * times[(times.length - 1) / 2];
    boolean changed = false;
    for (Record record : records) {
      if (record.answers >= LEAST_ANSWERS && record.answerNanos / record.answers > most) {
        changed |= eject(record, nowNanos);
      }
    }
    return changed;
  }

  /** Ejects a target, if the others can do without it. */
  private boolean eject(Record record, long nowNanos) {
    long ejected = records.stream().filter(Record::isEjected).count();
    long most = Math.max(1, (long) (rules.mostShare() * records.size()));
    if (record.ejected || ejected >= most || ejected + 1 >= records.size()) {
      return false;
    }
    record.ejected = true;
    record.ejections++;
    long nanos = Math.min(rules.longest().toNanos(), record.ejections * rules.base().toNanos());
    record.endsNanos = nowNanos + nanos;
    return true;
  }
}
