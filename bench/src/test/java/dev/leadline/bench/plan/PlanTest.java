package dev.leadline.bench.plan;

import static java.util.stream.Collectors.counting;
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
import java.util.stream.Stream;
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

  private static final List<List<Cell>> SETTINGS =
      Stream.of("x", "y", "z")
          .map(name -> List.of(new Cell("/a", name), new Cell("/b", name)))
          .toList();

  /** Fails when a policy is set twice in a round, or a burst has no warm-up right before it. */
  @Test
  void inTurnsEveryRoundSetsEveryPolicyOnce() {
    List<PlannedBurst> plan = Plan.inTurns(SETTINGS, 2, 4, 1);

    assertEquals(4 * 6 * 3, plan.size());
    assertEquals(plan.size(), Set.copyOf(plan).size());
    for (int i = 0; i < plan.size(); i += 3) {
      assertEquals(
          List.of(Phase.WARM_UP, Phase.WARM_UP, Phase.MEASURED),
          plan.subList(i, i + 3).stream().map(PlannedBurst::phase).toList());
      assertEquals(1, plan.subList(i, i + 3).stream().map(PlannedBurst::cell).distinct().count());
    }
    for (int round = 1; round <= 4; round++) {
      List<PlannedBurst> own = plan.subList((round - 1) * 18, round * 18);
      assertEquals(
          Set.of(round),
          own.stream()
              .filter(burst -> burst.phase() == Phase.MEASURED)
              .map(PlannedBurst::round)
              .collect(toSet()));
      long changes =
          IntStream.range(1, own.size())
              .filter(i -> !balancer(own, i).equals(balancer(own, i - 1)))
              .count();
      assertEquals(2, changes);
    }
    assertEquals(plan, Plan.inTurns(SETTINGS, 2, 4, 1));
    assertNotEquals(plan, Plan.inTurns(SETTINGS, 2, 4, 2));
  }

  /**
   * The test of a verdict gives each cell of a path the label of each other one: that holds while
   * every order of a path's cells is as likely as any other.
   */
  @Test
  void inTurnsEveryOrderOfAPathsCellsIsEquallyLikely() {
    Map<List<String>, Long> orders =
        IntStream.range(0, 6_000)
            .mapToObj(seed -> Plan.inTurns(SETTINGS, 0, 1, seed))
            .map(
                plan ->
                    plan.stream()
                        .map(PlannedBurst::cell)
                        .filter(cell -> cell.path().equals("/a"))
                        .map(Cell::balancer)
                        .toList())
            .collect(groupingBy(order -> order, counting()));

    assertEquals(6, orders.size());
    // 1,000 are expected; with this standard deviation of 29 the seeds above are not far off.
    orders.forEach((order, count) -> assertEquals(1_000, count, 120, order.toString()));
  }

  private static String balancer(List<PlannedBurst> plan, int index) {
    return plan.get(index).cell().balancer();
  }
}
