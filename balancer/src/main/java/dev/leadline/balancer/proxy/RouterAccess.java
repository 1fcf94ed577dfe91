package dev.leadline.balancer.proxy;

import java.util.function.Supplier;

/**
 * How one event loop gets at the routers of the target groups, and at what is counted beside them:
 * one event at a time, whatever the number of loops.
 */
public interface RouterAccess {

  /** For a balancer with a single event loop, which owns everything: no lock, no detour. */
  RouterAccess SINGLE_LOOP =
      new RouterAccess() {
        @Override
        public void run(Runnable event) {
          event.run();
        }

        @Override
        public <T> T ask(Supplier<T> question) {
          return question.get();
        }

        @Override
        public void answer(Runnable answer) {
          answer.run();
        }
      };

  /** Runs an event while no other happens. Call on the loop that this access belongs to. */
  void run(Runnable event);

  /** The same for an event with a result. */
  <T> T ask(Supplier<T> question);

  /**
   * Takes an answer of a router to the loop that this access belongs to, from whichever loop caused
   * it; it runs there after the event that it came from. Call during an event.
   */
  void answer(Runnable answer);
}
