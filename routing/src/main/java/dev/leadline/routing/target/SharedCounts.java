package dev.leadline.routing.target;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many requests several routers of one process have in flight at the targets that they have in
 * common. Each router runs on a thread of its own. It writes its own counts, and reads those of the
 * others whenever it chooses a target. No thread ever waits for another one; what is read is out of
 * date by the time that one core needs to see what another one wrote, far less than a microsecond.
 *
 * <p>Beside these it has how many requests each router holds, and the smallest capacity window that
 * any router has learned of a target.
 *
 * <p>The counts of one router stand side by side, so that another router reads those of four
 * targets with one cache line. The counts of two routers stand apart, so that their writes do not
 * slow each other down.
 */
public final class SharedCounts {

  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(int[].class);

  /** Two cache lines of ints before and behind, because processors fetch them in pairs. */
  private static final int PADDING = 32;

  private static final int FIRST_SIZE = 32;

  /**
   * Ints of one target: in flight, parked, capacity window (0 if it is not known), and one spare.
   */
  private static final int STRIDE = 4;

  private final Row[] rows;

  // Who has which place; used by all threads under this object's lock when targets change.
  private final Map<Target.Key, Place> places = new HashMap<>();
  private final BitSet usedPlaces = new BitSet();

  /** The counts of one router. Only that router writes them, or replaces the array. */
  private static final class Row {
    volatile int held;
    volatile int[] counts = new int[PADDING + FIRST_SIZE + PADDING];
  }

  private static final class Place {
    final int number;
    int cells;

    Place(int number) {
      this.number = number;
    }
  }

  /**
   * Makes counts that are all zero.
   *
   * @param routers how many routers share them
   */
  public SharedCounts(int routers) {
    rows = new Row[routers];
    Arrays.setAll(rows, router -> new Row());
  }

  /** The counts as this router sees them, from 0 on; null if there is no other one. */
  public @Nullable View view(int router) {
    return rows.length == 1 ? null : new View(router);
  }

  /** The counts as one router sees them. To be used on the thread of that router. */
  public final class View {
    private final Row own;
    private final Row[] others;

    private View(int router) {
      own = rows[router];
      List<Row> rest = new ArrayList<>(Arrays.asList(rows));
      rest.remove(own);
      others = rest.toArray(new Row[0]);
    }

    /** This router holds so many requests. */
    public void held(int requests) {
      if (own.held != requests) {
        own.held = requests;
      }
    }

    /** How many requests the other routers hold. */
    public int heldElsewhere() {
      int sum = 0;
      for (Row other : others) {
        sum += other.held;
      }
      return sum;
    }

    /** The counts of a target that joins this router; they have to be left in the end. */
    Cell join(Target target) {
      int offset = PADDING + STRIDE * take(target);
      int[] counts = own.counts;
      if (offset + STRIDE + PADDING > counts.length) {
        own.counts = Arrays.copyOf(counts, 2 * offset + PADDING);
      }
      return new Cell(own, others, offset);
    }

    /** The target has left this router, and its last request has ended. */
    void leave(Target target) {
      giveBack(target);
    }
  }

  /** The counts of one target in one router, and what the other routers count at it. */
  static final class Cell {
    private final Row own;
    private final Row[] others;
    private final int offset;

    private Cell(Row own, Row[] others, int offset) {
      this.own = own;
      this.others = others;
      this.offset = offset;
    }

    int routers() {
      return others.length + 1;
    }

    void addInFlight(int difference) {
      add(offset, difference);
    }

    void addParked(int difference) {
      add(offset + 1, difference);
    }

    void window(int size) {
      COUNTS.setOpaque(own.counts, offset + 2, size);
    }

    /** The smallest window that another router has learned; {@code unknown} if none has. */
    int windowElsewhere(int unknown) {
      int smallest = unknown;
      for (Row other : others) {
        int size = read(other, offset + 2);
        smallest = size == 0 ? smallest : Math.min(smallest, size);
      }
      return smallest;
    }

    int inFlightElsewhere() {
      return elsewhere(offset);
    }

    int parkedElsewhere() {
      return elsewhere(offset + 1);
    }

    /** Adds, because a target that left and came back has two cells until its requests ended. */
    private void add(int place, int difference) {
      int[] counts = own.counts;
      COUNTS.setOpaque(counts, place, counts[place] + difference);
    }

    private int elsewhere(int place) {
      int sum = 0;
      for (Row other : others) {
        sum += read(other, place);
      }
      return sum;
    }

    /** A router that does not have the target yet may have a shorter array. */
    private static int read(Row other, int place) {
      int[] counts = other.counts;
      return place < counts.length ? (int) COUNTS.getOpaque(counts, place) : 0;
    }
  }

  private synchronized int take(Target target) {
    @Nullable Place place = places.get(target.key());
    if (place == null) {
      place = new Place(usedPlaces.nextClearBit(0));
      usedPlaces.set(place.number);
      places.put(target.key(), place);
    }
    place.cells++;
    return place.number;
  }

  private synchronized void giveBack(Target target) {
    @Nullable Place place = places.get(target.key());
    if (place != null && --place.cells == 0) {
      places.remove(target.key());
      usedPlaces.clear(place.number);
    }
  }
}
