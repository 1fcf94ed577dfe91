package dev.leadline.bench.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The order of bursts: rounds, each of which runs every cell once in an order of its own, so that a
 * slow minute of the network or the machine does not fall on one balancer alone (Abedi and Brecht,
 * "Conducting Repeatable Experiments in Highly Variable Cloud Computing Environments", ICPE 2017).
 */
public final class Plan {
  private Plan() {}

  /**
   * Draws up a plan.
   *
   * @param warmUps bursts of each cell before the first round, at least 0
   * @param rounds at least 1
   * @param seed the same seed gives the same order on every JVM
   */
  public static List<PlannedBurst> of(List<Cell> cells, int warmUps, int rounds, long seed) {
    if (cells.isEmpty() || warmUps < 0 || rounds < 1) {
      throw new IllegalArgumentException(
          "cells %s, warmUps %d, rounds %d".formatted(cells, warmUps, rounds));
    }
    Random random = new Random(seed);
    List<PlannedBurst> plan = new ArrayList<>();
    addRounds(plan, Phase.WARM_UP, warmUps, cells, random);
    addRounds(plan, Phase.MEASURED, rounds, cells, random);
    return List.copyOf(plan);
  }

  private static void addRounds(
      List<PlannedBurst> plan, Phase phase, int rounds, List<Cell> cells, Random random) {
    for (int round = 1; round <= rounds; round++) {
      List<Cell> order = new ArrayList<>(cells);
      Collections.shuffle(order, random);
      for (Cell cell : order) {
        plan.add(new PlannedBurst(phase, round, cell));
      }
    }
  }
}
