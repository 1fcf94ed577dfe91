package dev.leadline.simulation.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.policy.builtin.RandomPolicy;
import dev.leadline.simulation.scenario.Discipline;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Work;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The simulator against queueing theory: whatever it says of a policy is worth nothing unless it is
 * right where the answer is known.
 */
class TheoryTest {

  private static final double WORK_SECONDS = Scenario.MEAN_WORK_SECONDS;
  private static final double WORK_MILLIS = 1000 * WORK_SECONDS;
  private static final double NETWORK_MILLIS = 2 * Simulation.NETWORK_NANOS / 1e6;
  private static final Work EXPONENTIAL = new Work.Exponential(WORK_SECONDS);

  /** Means over some seeds: one alone may be three percent off. */
  private record Times(double meanMillis, double p50Millis, double p99Millis) {}

  private static Times run(Scenario scenario) {
    Contender chance = new Contender.Routed("chance", GroupSettings.of(new RandomPolicy()));
    List<Figures> runs =
        IntStream.rangeClosed(1, 4)
            .parallel()
            .mapToObj(seed -> Simulation.run(scenario, chance, seed))
            .toList();
    return new Times(
        mean(runs, Figures::meanMillis),
        mean(runs, Figures::p50Millis),
        mean(runs, Figures::p99Millis));
  }

  private static double mean(List<Figures> runs, ToDoubleFunction<Figures> figure) {
    return runs.stream().mapToDouble(figure).average().orElseThrow();
  }

  private static Times oneServer(double load, Discipline discipline, int workers, Work work) {
    return run(
        Scenario.atLoad("one server", load, Scenario.same(1, discipline, workers))
            .withWork(work)
            .lasting(20, 2520));
  }

  private static void assertTime(double expectedMillis, double foundMillis, double tolerance) {
    assertEquals(expectedMillis, foundMillis - NETWORK_MILLIS, tolerance * expectedMillis);
  }

  /** M/M/1: the time in the system is exponential with mean 1 / (service rate - arrival rate). */
  @ParameterizedTest
  @ValueSource(doubles = {.5, .8})
  void oneWorkerAndAQueue(double load) {
    Times times = oneServer(load, Discipline.FIFO, 1, EXPONENTIAL);
    double mean = WORK_MILLIS / (1 - load);
    assertTime(mean, times.meanMillis(), .03);
    assertTime(mean * Math.log(2), times.p50Millis(), .03);
    assertTime(mean * Math.log(100), times.p99Millis(), .07);
  }

  /** M/M/k: the mean wait is Erlang's C over what is left of the capacity. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 16})
  void manyWorkersAndAQueue(int workers) {
    double load = .85;
    Times times = oneServer(load, Discipline.FIFO, workers, EXPONENTIAL);
    double wait = erlangC(workers, load * workers) * WORK_MILLIS / (workers * (1 - load));
    assertTime(WORK_MILLIS + wait, times.meanMillis(), .03);
  }

  /** The probability that a request has to wait, from Erlang's B by recursion over the workers. */
  private static double erlangC(int workers, double offered) {
    double b = 1;
    for (int k = 1; k <= workers; k++) {
      b = offered * b / (k + offered * b);
    }
    double load = offered / workers;
    return b / (1 - load * (1 - b));
  }

  /** M/G/1 with processor sharing: the mean time depends on the mean work alone. */
  @Test
  void sharingEvenlyMindsTheMeanOnly() {
    double load = .7;
    List<Work> kinds =
        List.of(
            EXPONENTIAL,
            new Work.Constant(WORK_SECONDS),
            new Work.Bimodal(WORK_SECONDS, .1, 10),
            new Work.LogNormal(WORK_SECONDS, 1));
    for (Work kind : kinds) {
      Times times = oneServer(load, Discipline.PROCESSOR_SHARING, 1, kind);
      assertTime(WORK_MILLIS / (1 - load), times.meanMillis(), .04);
    }
  }

  /** M/M/k shared evenly has M/M/k's mean: work is done at the same rate in either order. */
  @Test
  void sharingManyWorkersIsAsFastOnTheWhole() {
    double load = .8;
    Times times = oneServer(load, Discipline.PROCESSOR_SHARING, 4, EXPONENTIAL);
    double wait = erlangC(4, load * 4) * WORK_MILLIS / (4 * (1 - load));
    assertTime(WORK_MILLIS + wait, times.meanMillis(), .03);
  }

  /** M/G/1 with a queue minds the variance: Pollaczek and Khinchine's formula. */
  @Test
  void aQueueMindsTheVariance() {
    double load = .6;
    double wait = WORK_MILLIS * load / (1 - load);
    Times constant = oneServer(load, Discipline.FIFO, 1, new Work.Constant(WORK_SECONDS));
    assertTime(WORK_MILLIS + wait / 2, constant.meanMillis(), .03);
    Work bimodal = new Work.Bimodal(WORK_SECONDS, .1, 10);
    double shortOnes = 1 / (.9 + .1 * 10);
    double secondMoment = shortOnes * shortOnes * (.9 + .1 * 100);
    Times varied = oneServer(load, Discipline.FIFO, 1, bimodal);
    assertTime(WORK_MILLIS + wait / 2 * secondMoment, varied.meanMillis(), .05);
  }

  /** Chance splits a Poisson process into Poisson processes: four targets are four M/M/1. */
  @Test
  void chanceMakesIndependentQueues() {
    Times times =
        run(Scenario.atLoad("four", .5, Scenario.same(4, Discipline.FIFO, 1)).lasting(20, 1020));
    assertTime(2 * WORK_MILLIS, times.meanMillis(), .03);
  }
}
