package dev.leadline.simulation.engine;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time. Events run in the order of their due time, and at the same time in the order of
 * scheduling, so that equal seeds give equal runs. Not thread-safe; one per run.
 *
 * <p>It is a heap of {@link Timer}s. Events with a constant delay wait in a {@link Lane}, which is
 * ordered by itself, so the heap stays small however many requests there are.
 */
public final class EventQueue {

  private Timer[] heap = new Timer[64];
  private int size;
  private long nowNanos;
  private long scheduled;

  /** Nanoseconds since the run began. */
  public long nowNanos() {
    return nowNanos;
  }

  /** A timer, not set yet, that runs {@code action} when it is due. */
  Timer timer(Runnable action) {
    return new Timer(action);
  }

  /** Runs {@code action} once, {@code delayNanos} from now. */
  void after(long delayNanos, Runnable action) {
    timer(action).set(nowNanos + delayNanos);
  }

  /** Runs {@code action} every {@code intervalNanos} from now on, for ever. */
  void every(long intervalNanos, Runnable action) {
    after(
        intervalNanos,
        () -> {
          action.run();
          every(intervalNanos, action);
        });
  }

  /** A queue whose entries are due {@code delayNanos} after they were added. */
  <T> Lane<T> lane(long delayNanos, Consumer<T> action) {
    return new Lane<>(delayNanos, action);
  }

  /** Runs everything due until {@code endNanos} and leaves the clock there. */
  public void runUntil(long endNanos) {
    while (size > 0 && heap[0].dueNanos <= endNanos) {
      Timer next = heap[0];
      nowNanos = next.dueNanos;
      next.cancel();
      next.action.run();
    }
    nowNanos = endNanos;
  }

  /** Runs an action when it is due. It can be set again. */
  final class Timer {
    private static final int UNSET = -1;

    private final Runnable action;
    private long dueNanos;
    private long order;
    private int place = UNSET;

    private Timer(Runnable action) {
      this.action = action;
    }

    /** Sets the due time, or now if that has passed, and replaces an earlier setting. */
    void set(long atNanos) {
      set(atNanos, scheduled++);
    }

    private void set(long atNanos, long newOrder) {
      dueNanos = Math.max(atNanos, nowNanos);
      order = newOrder;
      if (place == UNSET) {
        if (size == heap.length) {
          heap = Arrays.copyOf(heap, 2 * size);
        }
        place = size++;
      }
      sift();
    }

    /** Removes the setting. */
    void cancel() {
      if (place == UNSET) {
        return;
      }
      Timer last = heap[--size];
      int vacant = place;
      place = UNSET;
      if (last != this) {
        last.place = vacant;
        last.sift();
      }
    }

    /** Moves this timer to its place in the heap. */
    private void sift() {
      int at = place;
      while (at > 0 && isBefore(heap[(at - 1) >>> 1])) {
        at = moveTo(at, (at - 1) >>> 1);
      }
      for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
          child++;
        }
        if (isBefore(heap[child])) {
          break;
        }
        at = moveTo(at, child);
      }
      heap[at] = this;
      place = at;
    }

    private int moveTo(int vacant, int from) {
      heap[vacant] = heap[from];
      heap[vacant].place = vacant;
      return from;
    }

    private boolean isBefore(Timer other) {
      return dueNanos != other.dueNanos ? dueNanos < other.dueNanos : order < other.order;
    }
  }

  /** A queue whose entries are due in the order in which they were added. */
  final class Lane<T> {
    private final long delayNanos;
    private final Consumer<T> action;
    private final Timer timer = timer(this::runFirst);
    private @Nullable Object[] items = new @Nullable Object[64];
    private long[] dueNanos = new long[64];
    private long[] order = new long[64];
    private int head;
    private int count;

    private Lane(long delayNanos, Consumer<T> action) {
      this.delayNanos = delayNanos;
      this.action = action;
    }

    /** Adds an item, due after the lane's delay. */
    void add(T item) {
      if (count == items.length) {
        grow();
      }
      int tail = (head + count++) & (items.length - 1);
      items[tail] = item;
      dueNanos[tail] = nowNanos + delayNanos;
      order[tail] = scheduled++;
      if (count == 1) {
        setTimer();
      }
    }

    private void runFirst() {
      @SuppressWarnings("unchecked") // only add() puts anything in
      T item = (T) items[head];
      items[head] = null;
      head = (head + 1) & (items.length - 1);
      if (--count > 0) {
        setTimer();
      }
      action.accept(item);
    }

    private void setTimer() {
      timer.set(dueNanos[head], order[head]);
    }

    private void grow() {
      int places = items.length;
      @Nullable Object[] moreItems = new @Nullable Object[2 * places];
      long[] moreDue = new long[2 * places];
      long[] moreOrder = new long[2 * places];
      for (int i = 0; i < count; i++) {
        int place = (head + i) & (places - 1);
        moreItems[i] = items[place];
        moreDue[i] = dueNanos[place];
        moreOrder[i] = order[place];
      }
      items = moreItems;
      dueNanos = moreDue;
      order = moreOrder;
      head = 0;
    }
  }
}
