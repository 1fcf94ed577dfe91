package dev.leadline.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ResampledRanksTest {
  /**
   * The 95% interval of p99 of a thousand is that of the binomial distribution: ranks 983 to 996.
   */
  @Test
  void p99OfAThousand() {
    int[] indices = new ResampledRanks().of(1000, 990);

    assertEquals(983, indices[3] + 1, 1);
    assertEquals(996, indices[ResampledRanks.OUTCOMES - 4] + 1, 1);
  }

  /** Against what it replaces: a thousand samples drawn with replacement. */
  @Test
  void asIfTheSampleWereDrawnAnew() {
    SplittableRandom random = new SplittableRandom(3);
    double drawn = 0;
    for (int i = 0; i < 1000; i++) {
      int[] sample = random.ints(50, 0, 50).sorted().toArray();
      drawn += sample[24];
    }
    double mean = Arrays.stream(new ResampledRanks().of(50, 25)).average().orElseThrow();

    assertEquals(drawn / 1000, mean, 0.5);
  }

  @Test
  void ofOneValueItIsThatValue() {
    assertEquals(0, Arrays.stream(new ResampledRanks().of(1, 1)).max().orElseThrow());
  }
}
