package dev.leadline.bench.stats;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts by name. Servers choose the names, so those after the first {@link #MAX_NAMES} are counted
 * together.
 */
final class Tally {
  static final int MAX_NAMES = 200;
  static final String OTHERS = "others";

  private final Map<String, int[]> counts = new HashMap<>();

  void add(String name, int times) {
    int[] count = counts.get(name);
    if (count == null) {
      String counted = counts.size() < MAX_NAMES ? name : OTHERS;
      count = counts.computeIfAbsent(counted, any -> new int[1]);
    }
    count[0] += times;
  }

  SortedMap<String, Integer> byName() {
    SortedMap<String, Integer> sorted = new TreeMap<>();
    counts.forEach((name, count) -> sorted.put(name, count[0]));
    return sorted;
  }
}
