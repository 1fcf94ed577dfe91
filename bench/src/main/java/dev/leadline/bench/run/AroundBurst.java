package dev.leadline.bench.run;

import dev.leadline.bench.plan.PlannedBurst;

/** What is done beside the bursts of a run. */
public interface AroundBurst extends AutoCloseable {
  /** Nothing. */
  AroundBurst NOTHING =
      new AroundBurst() {
        @Override
        public void before(PlannedBurst burst) {}

        @Override
        public void after(PlannedBurst burst) {}

        @Override
        public void close() {}
      };

  /** A burst begins now. */
  void before(PlannedBurst burst) throws InterruptedException;

  /** A burst has ended, and the next one waits. */
  void after(PlannedBurst burst) throws InterruptedException;

  @Override
  void close();
}
