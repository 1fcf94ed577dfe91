package dev.leadline.bench.limits;

import dev.leadline.bench.stats.BalancerComparison;
import dev.leadline.bench.stats.Figure;
import dev.leadline.bench.stats.Outcome;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A limit on how much more time something may take than what it is compared with: {@code p99 >
 * +10%}. It is broken where the verdict is "worse" and the measured change is above the limit:
 * noise alone breaks none.
 *
 * @param text as it was given
 * @param balancer whose comparisons it is for; null: all
 * @param limit as a share: 0.1 is 10% more time
 */
public record ChangeLimit(String text, @Nullable String balancer, Figure figure, double limit) {

  /** What is allowed, for messages. */
  public static final String FORM =
      "[BALANCER:]FIGURE > +PERCENT% with p50, p99 or total, such as 'p99 > +10%'";

  private static final Pattern PATTERN =
      Pattern.compile(
          "(?:([A-Za-z0-9][A-Za-z0-9_-]{0,31}):)?\\s*(\\w+)\\s*>\\s*\\+?(\\d{1,6}(?:\\.\\d{1,4})?)\\s*%");

  /**
   * Reads a limit.
   *
   * @throws IllegalArgumentException saying what is wrong and what is allowed
   */
  public static ChangeLimit parse(String text) {
    Matcher matcher = PATTERN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no limit of a change: it must be %s".formatted(text, FORM));
    }
    for (Figure figure : Figure.values()) {
      if (figure.label().equals(matcher.group(2).toLowerCase(Locale.ROOT))) {
        return new ChangeLimit(
            text.strip(), matcher.group(1), figure, Double.parseDouble(matcher.group(3)) / 100);
      }
    }
    throw new IllegalArgumentException(
        "'%s': '%s' is not compared; it must be %s".formatted(text, matcher.group(2), FORM));
  }

  boolean isFor(BalancerComparison comparison) {
    return figure == comparison.figure()
        && (balancer == null || balancer.equals(comparison.candidate()));
  }

  /** What it says of a comparison. */
  Judgement judge(BalancerComparison comparison) {
    boolean worse = comparison.outcome() == Outcome.WORSE;
    boolean above = comparison.change() > limit;
    return new Judgement(
        text,
        !(worse && above),
        "%s through %s: %s%s"
            .formatted(
                comparison.path(),
                comparison.candidate(),
                String.format(Locale.ROOT, "%+.1f%%", comparison.change() * 100),
                above && !worse ? unshown(comparison) : ""));
  }

  private static String unshown(BalancerComparison comparison) {
    return comparison.roundsNeeded() > BalancerComparison.MOST_ROUNDS
        ? ", but that may be noise"
        : ", but that may be noise: some %d rounds would show a difference"
            .formatted(comparison.roundsNeeded());
  }
}
