package dev.leadline.bench.limits;

import dev.leadline.bench.stats.CellFigures;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A limit on a figure of every cell, or of those of one balancer: {@code p99<200ms}, {@code
 * leadline:errors<=0.1%}.
 *
 * @param text as it was given
 * @param balancer whose cells it is for; null: all
 * @param figure compared
 * @param inclusive whether the limit itself is still good
 * @param limit in nanoseconds, of {@link Figure#ERRORS} as a share from 0 to 1
 */
public record Slo(
    String text, @Nullable String balancer, Figure figure, boolean inclusive, double limit) {

  /** What is allowed, for messages. */
  public static final String FORM =
      "[BALANCER:]FIGURE<LIMIT with p50, p99, p99.9 (any percentile), max, total or average and a"
          + " time such as 200ms or 1.5s, or errors and a percentage such as 0.1%";

  private static final Pattern PATTERN =
      Pattern.compile(
          "(?:([A-Za-z0-9][A-Za-z0-9_-]{0,31}):)?\\s*(\\S+?)\\s*(<=?)\\s*(\\d{1,9}(?:\\.\\d{1,6})?)\\s*(us|ms|s|%)");
  private static final Pattern PERCENTILE = Pattern.compile("p(\\d{1,2}(?:\\.\\d{1,4})?)");

  /**
   * What is limited.
   *
   * @param percent of a percentile; 0 otherwise
   */
  public record Figure(Kind kind, double percent) {
    static final Figure ERRORS = new Figure(Kind.ERRORS, 0);

    double of(CellFigures cell) {
      return switch (kind) {
        case PERCENTILE -> cell.latencies().at(percent);
        case MAX -> cell.latencies().max();
        case TOTAL -> cell.totalNanos().median();
        case AVERAGE -> cell.averageNanos();
        case ERRORS -> (double) cell.failed() / cell.requests();
      };
    }
  }

  /** Kinds of figures, as the report's table of figures has them. */
  public enum Kind {
    PERCENTILE,
    MAX,
    TOTAL,
    AVERAGE,
    ERRORS
  }

  /**
   * Reads a limit.
   *
   * @throws IllegalArgumentException saying what is wrong and what is allowed
   */
  public static Slo parse(String text) {
    Matcher matcher = PATTERN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'%s' is no limit: it must be %s".formatted(text, FORM));
    }
    Figure figure = figure(text, matcher.group(2));
    boolean percent = matcher.group(5).equals("%");
    if (percent != (figure.kind() == Kind.ERRORS)) {
      throw new IllegalArgumentException(
          "'%s': %s is %s"
              .formatted(
                  text,
                  matcher.group(2),
                  percent ? "a time, such as 200ms" : "a percentage, such as 0.1%"));
    }
    double limit = Double.parseDouble(matcher.group(4)) * unit(matcher.group(5));
    return new Slo(text.strip(), matcher.group(1), figure, matcher.group(3).equals("<="), limit);
  }

  private static Figure figure(String text, String name) {
    Matcher percentile = PERCENTILE.matcher(name);
    if (percentile.matches()) {
      double percent = Double.parseDouble(percentile.group(1));
      if (percent > 0) {
        return new Figure(Kind.PERCENTILE, percent);
      }
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "max" -> new Figure(Kind.MAX, 0);
      case "total" -> new Figure(Kind.TOTAL, 0);
      case "average", "avg", "mean" -> new Figure(Kind.AVERAGE, 0);
      case "errors" -> Figure.ERRORS;
      default ->
          throw new IllegalArgumentException(
              "'%s': there is no figure '%s'; it must be %s".formatted(text, name, FORM));
    };
  }

  private static double unit(String unit) {
    return switch (unit) {
      case "us" -> 1e3;
      case "ms" -> 1e6;
      case "s" -> 1e9;
      default -> 0.01;
    };
  }

  /** Whether it is for a cell. */
  boolean isFor(CellFigures cell) {
    return balancer == null || balancer.equals(cell.cell().balancer());
  }

  /** What it says of a cell. */
  Judgement judge(CellFigures cell) {
    double value = figure.of(cell);
    return new Judgement(
        text,
        inclusive ? value <= limit : value < limit,
        "%s: %s".formatted(cell.cell(), written(value)));
  }

  private String written(double value) {
    return figure.kind() == Kind.ERRORS
        ? String.format(Locale.ROOT, "%.2f%%", value * 100)
        : String.format(Locale.ROOT, value < 1e7 ? "%.2f ms" : "%.0f ms", value / 1e6);
  }
}
