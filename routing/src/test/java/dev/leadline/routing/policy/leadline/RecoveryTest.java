package dev.leadline.routing.policy.leadline;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.TestGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  private static final long MILLISECOND = 1_000_000;

  private final TestGroup group = new TestGroup(new LeadlinePolicy(), 1, 1, 1, 1);

  /**
   * Sends so many requests, one after the other, of 5 ms each; how many went to the last target.
   */
  private int toTheLast(int requests) {
    int count = 0;
    for (int i = 0; i < requests; i++) {
      RequestInFlight inFlight = group.open();
      group.nowNanos += 5 * MILLISECOND;
      inFlight.succeeded();
      count += inFlight.target() == group.state(3) ? 1 : 0;
    }
    return count;
  }

  /**
   * Requests that were frozen with it make its mean many times that of the others. Catches a policy
   * that then waits for trials: they come every ten seconds, and it takes several of them.
   */
  @Test
  void aTargetThatWasFrozenHasItsShareOnceItIsHealthyAgain() {
    for (int i = 0; i < 4; i++) {
      group.health(i, true);
    }
    toTheLast(800);
    List<RequestInFlight> sent = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      sent.add(group.open());
    }
    List<RequestInFlight> frozen =
        sent.stream().filter(it -> it.target() == group.state(3)).toList();
    group.nowNanos += 5 * MILLISECOND;
    sent.stream().filter(it -> !frozen.contains(it)).forEach(RequestInFlight::succeeded);
    group.health(3, false);
    group.nowNanos += 20_000 * MILLISECOND;
    frozen.forEach(RequestInFlight::succeeded);
    group.health(3, true);
    int share = toTheLast(400);
    assertTrue(share > 80, share + " of 400");
  }

  /**
   * Opens sixteen tunnels at a time, and closes them after 5 ms; how many of so many times the last
   * target had one.
   *
   * @param refuses whether the last target refuses them
   */
  private int tunnelsOfTheLast(int times, boolean refuses) {
    int count = 0;
    for (int i = 0; i < times; i++) {
      List<RequestInFlight> tunnels = new ArrayList<>();
      for (int tunnel = 0; tunnel < 16; tunnel++) {
        RequestInFlight asked = group.open();
        boolean ofTheLast = asked.target() == group.state(3);
        if (ofTheLast && refuses) {
          asked.failed();
        } else {
          asked.worksOn();
          tunnels.add(asked);
        }
      }
      group.nowNanos += 5 * MILLISECOND;
      count += tunnels.stream().anyMatch(it -> it.target() == group.state(3)) ? 1 : 0;
      tunnels.forEach(RequestInFlight::ignored);
    }
    return count;
  }

  /** Catches a circuit that only an answer closes, and never a tunnel: it ends as ignored. */
  @Test
  void aTargetThatRefusedTunnelsHasThemAgainOnceItGrantsThem() {
    assertTrue(tunnelsOfTheLast(100, false) > 90);
    tunnelsOfTheLast(100, true);
    tunnelsOfTheLast(2_000, false);
    int times = tunnelsOfTheLast(100, false);
    assertTrue(times > 90, times + " of 100");
  }
}
