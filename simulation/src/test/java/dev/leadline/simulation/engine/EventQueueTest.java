package dev.leadline.simulation.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EventQueueTest {

  private final EventQueue events = new EventQueue();
  private final List<String> happened = new ArrayList<>();

  @Test
  void whatIsDueAtOnceHappensInTheOrderInWhichItWasScheduled() {
    EventQueue.Lane<String> lane = events.lane(10, happened::add);
    events.after(10, () -> happened.add("first"));
    lane.add("second");
    events.after(10, () -> happened.add("third"));
    lane.add("fourth");
    events.after(5, () -> happened.add("earlier"));
    events.runUntil(10);
    assertEquals(List.of("earlier", "first", "second", "third", "fourth"), happened);
  }

  @Test
  void aTimerThatIsSetAgainIsDueOnceAndOneThatIsCancelledNever() {
    EventQueue.Timer moved = events.timer(() -> happened.add("moved"));
    EventQueue.Timer cancelled = events.timer(() -> happened.add("cancelled"));
    moved.set(5);
    cancelled.set(6);
    moved.set(8);
    cancelled.cancel();
    events.after(7, () -> happened.add("between"));
    events.runUntil(20);
    assertEquals(List.of("between", "moved"), happened);
    assertEquals(20, events.nowNanos());
  }

  @Test
  void nothingBeyondTheEndHappens() {
    events.after(10, () -> happened.add("at the end"));
    events.after(11, () -> happened.add("beyond"));
    events.runUntil(10);
    assertEquals(List.of("at the end"), happened);
  }

  @Test
  void anEventMayScheduleTheNext() {
    events.every(3, () -> happened.add("at " + events.nowNanos()));
    events.runUntil(10);
    assertEquals(List.of("at 3", "at 6", "at 9"), happened);
  }

  /** Fails when the heap loses an entry, or its order, as timers are moved and cancelled. */
  @Test
  void aThousandTimersSetMovedAndCancelledAreDueInOrder() {
    SplittableRandom random = new SplittableRandom(5);
    record Due(long nanos, int order, String name) {}
    List<Due> expected = new ArrayList<>();
    List<EventQueue.Timer> timers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String name = "timer " + i;
      timers.add(events.timer(() -> happened.add(name)));
      timers.get(i).set(random.nextLong(500));
    }
    for (int i = 0; i < 1000; i++) {
      if (i % 3 == 0) {
        timers.get(i).cancel();
      } else {
        long due = random.nextLong(500);
        timers.get(i).set(due);
        expected.add(new Due(due, i, "timer " + i));
      }
    }
    expected.sort(Comparator.comparingLong(Due::nanos).thenComparingInt(Due::order));
    events.runUntil(500);
    assertEquals(expected.stream().map(Due::name).toList(), happened);
  }

  @Test
  void aLaneGrowsAndStaysInOrder() {
    EventQueue.Lane<Integer> lane = events.lane(100, number -> happened.add("" + number));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int number = i;
      events.after(i, () -> lane.add(number));
      expected.add("" + i);
    }
    events.runUntil(1000);
    assertEquals(expected, happened);
  }
}
