package dev.leadline.bench.run;

import dev.leadline.bench.plan.PlannedBurst;

/** What is done beside the bursts of a run. */
public interface AroundBurst extends AutoCloseable {
  /** Nothing. */
  AroundBurst NOTHING = new AroundBurst() {};

  /** A burst is the next one; it begins when this returns, or in the next clock minute. */
  default void prepare(PlannedBurst burst) throws InterruptedException {}

  /** A burst begins now. */
  default void before(PlannedBurst burst) throws InterruptedException {}

  /** A burst has ended, and the next one waits. */
  default void after(PlannedBurst burst) throws InterruptedException {}

  @Override
  default void close() {}

  /** Both, the first one first. */
  static AroundBurst both(AroundBurst first, AroundBurst second) {
    return new AroundBurst() {
      @Override
      public void prepare(PlannedBurst burst) throws InterruptedException {
        first.prepare(burst);
        second.prepare(burst);
      }

      @Override
      public void before(PlannedBurst burst) throws InterruptedException {
        first.before(burst);
        second.before(burst);
      }

      @Override
      public void after(PlannedBurst burst) throws InterruptedException {
        first.after(burst);
        second.after(burst);
      }

      @Override
      public void close() {
        first.close();
        second.close();
      }
    };
  }
}
