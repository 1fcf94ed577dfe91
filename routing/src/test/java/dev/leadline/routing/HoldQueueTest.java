package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HoldQueueTest {

  private static final long LONGEST = Duration.ofSeconds(4).toNanos();

  private final HoldQueue queue = new HoldQueue(new HoldLimits(40, Duration.ofSeconds(4)), null);

  @Test
  void firstComeFirstServedAsManyAsThereMayBe() {
    assertTrue(queue.isEmpty());
    assertNull(queue.first());
    List<PendingRequest> requests = requests(40);
    for (PendingRequest request : requests) {
      assertFalse(queue.isFull());
      queue.add(request, 0);
      assertFalse(queue.isEmpty());
    }
    assertTrue(queue.isFull());
    for (PendingRequest request : requests) {
      assertSame(request, queue.first());
      queue.removeFirst();
    }
    assertTrue(queue.isEmpty());
  }

  @Test
  void whoHasWaitedForTooLongIsTakenOut() {
    List<PendingRequest> requests = requests(2);
    queue.add(requests.get(0), 10);
    queue.add(requests.get(1), 20);
    assertNull(queue.removeExpired(LONGEST + 9));
    assertSame(requests.get(0), queue.removeExpired(LONGEST + 10));
    assertNull(queue.removeExpired(LONGEST + 10));
    assertSame(requests.get(1), queue.first());
    assertEquals(1, queue.size());
  }

  @Test
  void aStrangerIsNotFound() {
    queue.add(requests(1).get(0), 0);
    assertFalse(queue.remove(requests(1).get(0)));
    assertEquals(1, queue.size());
  }

  /** Any order of coming and leaving, against the simplest queue there is: no gap may be seen. */
  @Test
  void itIsAQueueWhateverHappens() {
    Random random = new Random(3);
    Deque<PendingRequest> model = new ArrayDeque<>();
    for (int step = 0; step < 20_000; step++) {
      int dice = random.nextInt(10);
      if (dice < 5 && !queue.isFull()) {
        PendingRequest request = requests(1).get(0);
        queue.add(request, 0);
        model.add(request);
      } else if (dice < 8 && !model.isEmpty()) {
        PendingRequest some = new ArrayList<>(model).get(random.nextInt(model.size()));
        assertTrue(queue.remove(some));
        assertFalse(queue.remove(some));
        model.remove(some);
      } else if (!model.isEmpty()) {
        assertSame(model.peek(), queue.first());
        queue.removeFirst();
        model.remove();
      }
      assertEquals(model.size(), queue.size());
      assertSame(model.peek(), queue.first());
    }
  }

  /** Clients that leave all at once: catches a queue that is searched for each. */
  @Test
  void whatIsTakenOutIsNotSearchedFor() {
    HoldQueue waiting = new HoldQueue(new HoldLimits(1000, Duration.ofSeconds(4)), null);
    int[] comparisons = new int[1];
    List<PendingRequest> requests = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      int hash = i;
      requests.add(
          new PendingRequest() {
            @Override
            public void forward(RequestInFlight inFlight) {}

            @Override
            public void refuse(Refusal reason) {}

            @Override
            public boolean equals(Object other) {
              comparisons[0]++;
              return this == other;
            }

            @Override
            public int hashCode() {
              return hash;
            }
          });
      waiting.add(requests.get(i), 0);
    }
    Collections.shuffle(requests, new Random(1));
    requests.forEach(waiting::remove);
    assertTrue(waiting.isEmpty());
    assertEquals(0, comparisons[0]);
  }

  private static List<PendingRequest> requests(int count) {
    List<PendingRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      requests.add(
          new PendingRequest() {
            @Override
            public void forward(RequestInFlight inFlight) {
              throw new AssertionError("forwarded by the queue");
            }

            @Override
            public void refuse(Refusal reason) {
              throw new AssertionError("refused by the queue");
            }
          });
    }
    return requests;
  }
}
