package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinkedQueueTest {

  private int comparisons;

  private final class Item extends LinkedQueue.Element<Item> {
    @Override
    @SuppressWarnings("EqualsUnsafeCast")
    public boolean equals(Object other) {
      comparisons++;
      return this == other;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  /** Any order of coming and leaving, against the simplest queue there is. */
  @Test
  void itIsAQueueWhateverHappens() {
    LinkedQueue<Item> queue = new LinkedQueue<>();
    Deque<Item> model = new ArrayDeque<>();
    Random random = new Random(3);
    for (int step = 0; step < 20_000; step++) {
      Item item = new Item();
      switch (random.nextInt(5)) {
        case 0 -> {
          queue.addLast(item);
          model.addLast(item);
        }
        case 1 -> {
          queue.addFirst(item);
          model.addFirst(item);
        }
        case 2 -> assertSame(model.pollFirst(), queue.removeFirst());
        default -> {
          Item some =
              model.isEmpty() ? item : new ArrayList<>(model).get(random.nextInt(model.size()));
          queue.remove(some);
          queue.remove(some);
          model.remove(some);
        }
      }
      assertEquals(model.size(), queue.size());
      assertSame(model.peekLast(), queue.last());
    }
  }

  /** Every end of a request withdraws: catches a queue that is searched for that. */
  @Test
  void whatIsTakenOutIsNotSearchedFor() {
    LinkedQueue<Item> queue = new LinkedQueue<>();
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      items.add(new Item());
      queue.addLast(items.get(i));
    }
    items.forEach(queue::remove);
    queue.remove(new Item());
    assertEquals(0, queue.size());
    assertEquals(0, comparisons);
  }
}
