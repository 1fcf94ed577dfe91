package dev.leadline.bench.plan;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PlanTest {
  private static final List<Cell> CELLS =
      List.of(new Cell("/a", "x"), new Cell("/a", "y"), new Cell("/b", "x"), new Cell("/b", "y"));

  @Test
  void everyRoundRunsEveryCellOnce() {
    List<PlannedBurst> plan = Plan.of(CELLS, 2, 5, 1);

    assertEquals(7 * CELLS.size(), plan.size());
    Map<String, Set<Cell>> rounds =
        plan.stream()
            .collect(
                groupingBy(b -> b.phase() + " " + b.round(), mapping(PlannedBurst::cell, toSet())));
    assertEquals(7, rounds.size());
    rounds.values().forEach(cells -> assertEquals(Set.copyOf(CELLS), cells));
  }

  @Test
  void roundsFollowEachOtherAndWarmUpComesFirst() {
    List<PlannedBurst> plan = Plan.of(CELLS, 1, 2, 1);

    List<String> order = plan.stream().map(b -> b.phase().label() + b.round()).distinct().toList();
    assertEquals(List.of("warm-up1", "measured1", "measured2"), order);
  }

  /**
   * Fails when the random source is not the seed's alone; the order is part of what is promised.
   */
  @Test
  void aSeedGivesOneOrderForEver() {
    assertEquals(Plan.of(CELLS, 3, 5, 42), Plan.of(CELLS, 3, 5, 42));
    assertEquals(
        List.of("/b y", "/a y", "/a x", "/b x"),
        Plan.of(CELLS, 0, 1, 42).stream()
            .map(b -> b.cell().path() + " " + b.cell().balancer())
            .toList());
  }

  /** Fails when rounds are not shuffled, or all in one order. */
  @Test
  void roundsAndSeedsHaveOrdersOfTheirOwn() {
    assertNotEquals(Plan.of(CELLS, 0, 5, 1), Plan.of(CELLS, 0, 5, 2));
    List<PlannedBurst> plan = Plan.of(CELLS, 0, 20, 7);
    long orders =
        IntStream.rangeClosed(1, 20)
            .mapToObj(
                round ->
                    plan.stream().filter(b -> b.round() == round).map(PlannedBurst::cell).toList())
            .distinct()
            .count();
    assertTrue(orders > 5, "20 rounds in only " + orders + " orders");
  }

  @Test
  void nothingToRunIsNoPlan() {
    assertThrows(IllegalArgumentException.class, () -> Plan.of(List.of(), 0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> Plan.of(CELLS, 0, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> Plan.of(CELLS, -1, 1, 1));
  }
}
