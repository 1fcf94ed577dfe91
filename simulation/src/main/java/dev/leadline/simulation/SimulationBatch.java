package dev.leadline.simulation;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Scenario;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Runs scenario x contender x seed on all processors. The runs share nothing, and the results do
 * not depend on how many run in parallel.
 */
final class SimulationBatch {

  private record Run(Scenario scenario, Contender contender, int seed) {}

  private final List<Run> runs = new ArrayList<>();
  private final int seeds;

  /**
   * @param seeds how many seeds each contender gets in each scenario: 1, 2, ...
   */
  SimulationBatch(int seeds) {
    this.seeds = seeds;
  }

  /** Adds these contenders in that scenario. */
  SimulationBatch add(Scenario scenario, List<Contender> contenders) {
    for (Contender contender : contenders) {
      for (int seed = 1; seed <= seeds; seed++) {
        runs.add(new Run(scenario, contender, seed));
      }
    }
    return this;
  }

  /**
   * Runs everything.
   *
   * @param progress called after every run with the number of runs done and of all runs
   */
  Results run(BiConsumer<Integer, Integer> progress) {
    Figures[] figures = new Figures[runs.size()];
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Runnable worker =
        () -> {
          for (int i = next.getAndIncrement(); i < figures.length; i = next.getAndIncrement()) {
            Run run = runs.get(i);
            figures[i] = Simulation.run(run.scenario, run.contender, run.seed);
            progress.accept(done.incrementAndGet(), figures.length);
          }
        };
    int processors = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(processors);
    try {
      CompletableFuture.allOf(
              Stream.generate(() -> CompletableFuture.runAsync(worker, pool))
                  .limit(processors)
                  .toArray(CompletableFuture<?>[]::new))
          .join();
    } finally {
      pool.shutdownNow();
    }
    Map<Results.Cell, List<Figures>> cells = new LinkedHashMap<>();
    for (int i = 0; i < figures.length; i++) {
      Run run = runs.get(i);
      cells
          .computeIfAbsent(
              new Results.Cell(run.scenario.name(), run.contender.name()),
              cell -> new ArrayList<>())
          .add(Objects.requireNonNull(figures[i]));
    }
    return new Results(Collections.unmodifiableMap(cells), seeds);
  }
}
