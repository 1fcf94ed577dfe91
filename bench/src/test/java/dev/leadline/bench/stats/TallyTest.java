package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class TallyTest {
  /** A server that answers with a new name each time must not fill the memory, or a table. */
  @Test
  void namesAreBounded() {
    Tally tally = new Tally();
    for (int i = 0; i < 10_000; i++) {
      tally.add("i-" + i, 1);
    }
    tally.add("i-7", 5);

    assertEquals(Tally.MAX_NAMES + 1, tally.byName().size());
    assertEquals(6, tally.byName().get("i-7"));
    assertEquals(10_000 - Tally.MAX_NAMES, tally.byName().get(Tally.OTHERS));
  }
}
