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

  /**
   * Draws up a plan for one balancer, or a few, that are set differently in turn. A round goes
   * through all settings in an order of its own, and within a setting through its cells in an order
   * of its own: every order is as likely as any other, and nothing is set more often than needed.
   * What was learned before is lost with a setting, so that warm-up comes before each measured
   * burst, and not before the first round.
   *
   * @param settings the cells of each
   * @param warmUps bursts of a cell before each of its measured ones, at least 0
   */
  public static List<PlannedBurst> inTurns(
      List<List<Cell>> settings, int warmUps, int rounds, long seed) {
    Random random = new Random(seed);
    List<PlannedBurst> plan = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      List<List<Cell>> order = new ArrayList<>(settings);
      Collections.shuffle(order, random);
      for (List<Cell> setting : order) {
        List<Cell> cells = new ArrayList<>(setting);
        Collections.shuffle(cells, random);
        for (Cell cell : cells) {
          for (int warmUp = 1; warmUp <= warmUps; warmUp++) {
            plan.add(new PlannedBurst(Phase.WARM_UP, (round - 1) * warmUps + warmUp, cell));
          }
          plan.add(new PlannedBurst(Phase.MEASURED, round, cell));
        }
      }
    }
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
