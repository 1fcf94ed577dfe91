package dev.leadline.bench.disturb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The script that does all disturbances of one target. It keeps the time itself, and brings the
 * target back itself: also when nobody is there any more who could ask for it.
 */
final class DisturbanceScript {
  private static final String END = "LEADLINE";

  private DisturbanceScript() {}

  /**
   * Writes the script.
   *
   * @param ofTarget disturbances of one target, in their order
   */
  static String of(List<Disturbance> ofTarget) {
    StringBuilder script = new StringBuilder("exec bash <<'" + END + "'\nsteps=(\n");
    for (Disturbance it : ofTarget) {
      script.append(
          "'%s %d %d %d'\n"
              .formatted(
                  it.kind().word(),
                  Math.round(it.factor() * 100),
                  it.from().toMillis(),
                  it.until().toMillis()));
    }
    return script.append(")\n").append(resource()).append(END).append('\n').toString();
  }

  /** When a disturbance began and ended, by the clock of the target; null if it did not. */
  record Times(@Nullable Instant began, @Nullable Instant ended) {}

  /**
   * Reads what the script printed.
   *
   * @param count of its disturbances
   */
  static List<Times> times(String output, int count) {
    List<Times> times = new ArrayList<>();
    Instant began = null;
    for (String line : output.lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length != 3) {
        continue;
      }
      if (words[0].equals("begun")) {
        began = instant(words[2]);
      } else if (words[0].equals("ended")) {
        times.add(new Times(began, instant(words[2])));
        began = null;
      }
    }
    if (began != null) {
      times.add(new Times(began, null));
    }
    while (times.size() < count) {
      times.add(new Times(null, null));
    }
    return times;
  }

  private static @Nullable Instant instant(String epochSeconds) {
    try {
      return Instant.EPOCH.plusNanos(new BigDecimal(epochSeconds).movePointRight(9).longValue());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String resource() {
    try (InputStream file =
        Objects.requireNonNull(DisturbanceScript.class.getResourceAsStream("disturb.sh"))) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
