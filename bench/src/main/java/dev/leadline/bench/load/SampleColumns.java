package dev.leadline.bench.load;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one event loop, in columns: 50 bytes each and nothing that the garbage collector
 * must follow. Grows by small blocks, so that no copying delays a request.
 */
final class SampleColumns {
  private static final int BLOCK = 4096;
  private static final int TIMES = 5;

  private final List<Block> blocks = new ArrayList<>();
  private final Words errors = new Words();
  private final Words instances = new Words();
  private int size;

  private static final class Block {
    final long[] times = new long[BLOCK * TIMES];
    final short[] statuses = new short[BLOCK];
    final short[] errors = new short[BLOCK];
    final short[] instances = new short[BLOCK];
  }

  /** Few different words, many times. */
  private static final class Words {
    private static final int MAX = 1000;
    private static final String OTHERS = "others";

    private final Map<String, Short> numbers = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    short number(@Nullable String word) {
      if (word == null) {
        return -1;
      }
      Short known = numbers.get(word);
      if (known != null) {
        return known;
      }
      if (words.size() > MAX) {
        return number(OTHERS);
      }
      if (words.size() == MAX) {
        numbers.put(OTHERS, (short) MAX);
        words.add(OTHERS);
        return MAX;
      }
      numbers.put(word, (short) words.size());
      words.add(word);
      return (short) (words.size() - 1);
    }

    @Nullable String word(short number) {
      return number < 0 ? null : words.get(number);
    }
  }

  /** The row of the exchange that begins next: rows are in the order of beginnings. */
  int reserve() {
    if (size % BLOCK == 0) {
      blocks.add(new Block());
    }
    return size++;
  }

  /** Writes an exchange that has ended. */
  void write(Exchange exchange) {
    int at = exchange.row() % BLOCK;
    Block block = blocks.get(exchange.row() / BLOCK);
    block.times[at * TIMES] = exchange.intendedNanos();
    block.times[at * TIMES + 1] = exchange.startNanos();
    block.times[at * TIMES + 2] = exchange.sentNanos();
    block.times[at * TIMES + 3] = exchange.firstByteNanos();
    block.times[at * TIMES + 4] = exchange.endNanos();
    block.statuses[at] = (short) exchange.status();
    block.errors[at] = errors.number(exchange.error());
    block.instances[at] = instances.number(exchange.instance());
  }

  int size() {
    return size;
  }

  /** Forgets the exchanges that were due at this moment or later. */
  void cutAt(long nanos) {
    while (size > 0 && intendedNanos(size - 1) >= nanos) {
      size--;
    }
  }

  long intendedNanos(int row) {
    return time(row, 0);
  }

  long startNanos(int row) {
    return time(row, 1);
  }

  long sentNanos(int row) {
    return time(row, 2);
  }

  long firstByteNanos(int row) {
    return time(row, 3);
  }

  long endNanos(int row) {
    return time(row, 4);
  }

  int status(int row) {
    return blocks.get(row / BLOCK).statuses[row % BLOCK];
  }

  @Nullable String error(int row) {
    return errors.word(blocks.get(row / BLOCK).errors[row % BLOCK]);
  }

  @Nullable String instance(int row) {
    return instances.word(blocks.get(row / BLOCK).instances[row % BLOCK]);
  }

  /** How many exchanges ended with this error. */
  int countOf(String error) {
    Short number = errors.numbers.get(error);
    int count = 0;
    for (int row = 0; number != null && row < size; row++) {
      count += blocks.get(row / BLOCK).errors[row % BLOCK] == number ? 1 : 0;
    }
    return count;
  }

  private long time(int row, int column) {
    return blocks.get(row / BLOCK).times[row % BLOCK * TIMES + column];
  }
}
