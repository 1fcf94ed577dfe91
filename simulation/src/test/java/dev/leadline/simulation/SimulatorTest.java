package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Discipline;
import dev.leadline.simulation.scenario.Scenario;
import org.junit.jupiter.api.Test;

/** The simulator itself against what queueing theory knows exactly: one server, any policy. */
class SimulatorTest {

  private static final double NETWORK_MILLIS = 2 * Simulation.NETWORK_NANOS / 1e6;

  private static Figures run(double load, Discipline discipline, int workers) {
    Scenario one =
        Scenario.atLoad("one server", load, Scenario.same(1, discipline, workers))
            .lasting(20, 4020);
    return Simulation.run(one, Contenders.policies().get(1), 7);
  }

  /** M/M/1 at load .5: times are exponential with mean 20 ms. */
  @Test
  void aQueueWithOneWorker() {
    Figures figures = run(.5, Discipline.FIFO, 1);
    assertEquals(20 * Math.log(2), figures.p50Millis() - NETWORK_MILLIS, 0.3);
    assertEquals(20 * Math.log(100), figures.p99Millis() - NETWORK_MILLIS, 3);
  }

  /**
   * M/M/4 at load .8 by Erlang's C formula: with a = 3.2, C = .596; the wait is 0 with probability
   * 1 - C and else exponential with rate 4 * 100 * (1 - .8) = 80 a second. P(time > t) for the sum
   * with an exponential of rate 100 is solved for .01 numerically below.
   */
  @Test
  void aQueueWithFourWorkers() {
    double a = 3.2;
    double sum = 1 + a + a * a / 2 + a * a * a / 6;
    double waits = a * a * a * a / 24 / (1 - .8);
    double c = waits / (sum + waits);
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double t = (low + high) / 2;
      double tail =
          (1 - c) * Math.exp(-100 * t)
              + c * (100 * Math.exp(-80 * t) - 80 * Math.exp(-100 * t)) / (100 - 80);
      if (tail > .01) {
        low = t;
      } else {
        high = t;
      }
    }
    assertEquals(1000 * low, run(.8, Discipline.FIFO, 4).p99Millis() - NETWORK_MILLIS, 2.5);
  }

  /**
   * M/M/1 with processor sharing has the same mean as first come first served; its median is
   * smaller and its tail longer.
   */
  @Test
  void oneWorkerSharedEvenly() {
    Figures shared = run(.5, Discipline.PROCESSOR_SHARING, 1);
    Figures queue = run(.5, Discipline.FIFO, 1);
    assertEquals(true, shared.p50Millis() < queue.p50Millis());
    assertEquals(true, shared.p99Millis() > queue.p99Millis());
  }
}
