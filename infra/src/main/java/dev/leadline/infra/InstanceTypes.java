package dev.leadline.infra;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The instance types a lab may use: general and compute families on x86_64, for which the locked
 * Python wheels are.
 */
final class InstanceTypes {
  private static final List<String> BURSTABLE =
      List.of("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge");
  private static final List<String> FIXED = List.of("large", "xlarge", "2xlarge", "4xlarge");

  private static final Map<String, List<String>> SIZES_OF_FAMILY =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("t2", BURSTABLE),
              Map.entry("t3", BURSTABLE),
              Map.entry("t3a", BURSTABLE),
              Map.entry("m5", FIXED),
              Map.entry("m6i", FIXED),
              Map.entry("m7i", FIXED),
              Map.entry("m7i-flex", FIXED),
              Map.entry("c5", FIXED),
              Map.entry("c6i", FIXED),
              Map.entry("c7i", FIXED),
              Map.entry("c7i-flex", FIXED)));

  private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);

  private InstanceTypes() {}

  /** The type under a key of an object, checked. */
  static String read(Context entry, String key, Profile profile) {
    return read(entry, key, profile, "");
  }

  /**
   * The same where more is allowed than types.
   *
   * @param alsoAllowed as the beginning of a sentence
   */
  static String read(Context entry, String key, Profile profile, String alsoAllowed) {
    String allowed = alsoAllowed + describe(profile.refusedSizes());
    String type = entry.text(key, ANY, allowed);
    if (!allows(type, profile.refusedSizes())) {
      throw entry.wrong(key, allowed);
    }
    return type;
  }

  /** Whether the type exists and its size is not among those refused. */
  static boolean allows(String type, Set<String> refusedSizes) {
    int dot = type.indexOf('.');
    if (dot < 0) {
      return false;
    }
    String size = type.substring(dot + 1);
    return SIZES_OF_FAMILY.getOrDefault(type.substring(0, dot), List.of()).contains(size)
        && !refusedSizes.contains(size);
  }

  /** Whether the type runs above a baseline only while it has CPU credits. */
  static boolean isBurstable(String type) {
    return type.startsWith("t");
  }

  /** What {@link #allows} allows, in words. */
  static String describe(Set<String> refusedSizes) {
    return "a type such as t3.small of the families %s in the sizes %s (m and c: from large)"
        .formatted(
            String.join(", ", SIZES_OF_FAMILY.keySet()),
            String.join(
                ", ",
                Stream.concat(BURSTABLE.stream(), FIXED.stream())
                    .distinct()
                    .filter(size -> !refusedSizes.contains(size))
                    .toList()));
  }
}
