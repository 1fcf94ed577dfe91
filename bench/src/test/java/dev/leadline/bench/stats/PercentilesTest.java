package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PercentilesTest {
  /** The worked example of the nearest-rank method in Wikipedia's article "Percentile". */
  @Test
  void nearestRankOfFive() {
    Percentiles values = new Percentiles(new long[] {40, 15, 50, 20, 35});

    assertEquals(15, values.at(5));
    assertEquals(20, values.at(30));
    assertEquals(20, values.at(40));
    assertEquals(35, values.at(50));
    assertEquals(50, values.at(100));
  }

  /** Fails when a rank is one too high, from floating point or from rounding instead of ceiling. */
  @Test
  void ranksOfAThousandAreExact() {
    Percentiles values = new Percentiles(LongStream.rangeClosed(1, 1000).toArray());

    assertEquals(500, values.at(50));
    assertEquals(900, values.at(90));
    assertEquals(990, values.at(99));
    assertEquals(999, values.at(99.9));
    assertEquals(1000, values.at(99.91));
    assertEquals(1000, values.max());
  }

  @Test
  void oneValueIsEveryPercentile() {
    Percentiles one = new Percentiles(new long[] {7});

    assertEquals(7, one.at(0.001));
    assertEquals(7, one.at(100));
  }

  @Test
  void theCallersArrayStaysAsItIs() {
    long[] values = {3, 1, 2};
    assertEquals(2, new Percentiles(values).at(50));
    assertEquals(3, values[0]);
  }

  @Test
  void nothingHasNoPercentile() {
    assertThrows(IllegalArgumentException.class, () -> new Percentiles(new long[0]));
    Percentiles values = new Percentiles(new long[] {1});
    assertThrows(IllegalArgumentException.class, () -> values.at(0));
    assertThrows(IllegalArgumentException.class, () -> values.at(100.1));
    assertThrows(IllegalArgumentException.class, () -> values.at(Double.NaN));
  }
}
