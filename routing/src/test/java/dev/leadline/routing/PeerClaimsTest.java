package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PeerClaimsTest {

  private static final int TARGETS = 12;

  private final SplittableRandom random = new SplittableRandom(3);
  private final PeerClaims claims = new PeerClaims(TARGETS);

  /** Catches a tally that is wrong after many messages: a look at every target is the measure. */
  @Test
  void theLevelIsTheOneThatALookAtAllTargetsGives() {
    for (int i = 0; i < 3000; i++) {
      if (random.nextInt(50) == 0) {
        claims.clear();
      }
      int says = random.nextInt(100) == 0 ? Integer.MAX_VALUE : random.nextInt(-2, 9);
      claims.say(random.nextInt(TARGETS), says, says);
      int most = 1 + random.nextInt(random.nextInt(20) == 0 ? 2000 : 12);
      int sum = random.nextInt(random.nextInt(20) == 0 ? 5000 : 40);
      assertEquals(slowly(most, sum), claims.level(most, sum), most + " and " + sum);
      assertEquals(cut(most) < cut(PeerClaims.MOST), claims.isAbove(most));
    }
  }

  /** Catches a cut that makes a full target look emptier than one with less. */
  @Test
  void whereThereIsMoreThanCountsTargetsAreNeverTakenForEmptier() {
    int[] says = {0, 1, 1000, 1022, 1023, 1024, 2000, 65_535, Integer.MAX_VALUE};
    for (int i = 0; i < says.length; i++) {
      claims.say(i, says[i], says[i]);
    }
    for (int level : new int[] {1, 500, 1023, 5000}) {
      for (int i = 1; i < says.length; i++) {
        assertTrue(claims.inFlight(i - 1, level) <= claims.inFlight(i, level));
        assertTrue(claims.awake(i - 1, level) <= claims.awake(i, level));
      }
    }
    assertEquals(PeerClaims.MOST, claims.inFlight(says.length - 1, 5000));
  }

  private int slowly(int most, int sum) {
    int level = most;
    while (level > 1 && cut(level) > sum) {
      level--;
    }
    return level;
  }

  private int cut(int level) {
    return IntStream.range(0, TARGETS).map(it -> claims.inFlight(it, level)).sum();
  }
}
