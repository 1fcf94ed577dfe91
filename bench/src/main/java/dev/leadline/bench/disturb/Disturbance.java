package dev.leadline.bench.disturb;

import java.time.Duration;
import java.util.Locale;

/**
 * Something that is done to a target for a while.
 *
 * @param target its number in the lab
 * @param factor by which it is slowed down; 1 for every other kind
 * @param from when it begins, from the start of the load
 * @param until when the target is brought back
 */
public record Disturbance(int target, Kind kind, double factor, Duration from, Duration until) {

  /** What is done. */
  public enum Kind {
    /** The application runs for a part of the time only. */
    SLOW("slow"),
    /** The application stops, with its connections open. */
    FREEZE("freeze"),
    /** The application is killed; connections are refused. */
    KILL("kill"),
    /** Every request but health checks is answered with 500 at once. */
    FAIL("fail"),
    /** The network between balancers and target is cut. */
    CUT_OFF("cut off");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** As a person writes it. */
    public String words() {
      return words;
    }

    /** As the script on the target has it. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Kind and factor: {@code slow by 8x}. */
  public String what() {
    return kind == Kind.SLOW
        ? String.format(
            Locale.ROOT,
            factor == Math.rint(factor) ? "%s by %.0fx" : "%s by %.1fx",
            kind.words(),
            factor)
        : kind.words();
  }
}
