package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Some of the statuses of HTTP, such as those with which a health check succeeds.
 *
 * @param ranges one of them must contain the status
 */
public record StatusCodes(List<Range> ranges) {

  static final StatusCodes SUCCESS = new StatusCodes(List.of(new Range(200, 299)));

  static final StatusCodes UNAVAILABLE = new StatusCodes(List.of(new Range(502, 504)));

  static final ScalarType<StatusCodes> ANY = type("[1-5]", "statuses", "200,204 or 200-299");

  static final ScalarType<StatusCodes> SERVER_ERRORS =
      type("5", "statuses from 500 to 599", "500,502 or 502-504");

  private static ScalarType<StatusCodes> type(String firstDigit, String what, String such) {
    String status = firstDigit + "\\d\\d";
    String range = status + "(-" + status + ")?";
    return ScalarType.text(
            Pattern.compile(range + "(," + range + ")*"),
            what + " and ranges of them with commas between, such as " + such)
        .as(StatusCodes::parse, StatusCodes::toString);
  }

  /** From the first status to the last one. */
  public record Range(int first, int last) {
    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /** Whether this status is among them. */
  public boolean contain(int status) {
    return ranges.stream().anyMatch(it -> it.first <= status && status <= it.last);
  }

  private static StatusCodes parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String range : text.split(",", -1)) {
      int first = Integer.parseInt(range.substring(0, 3));
      int last = Integer.parseInt(range.substring(range.length() - 3));
      if (first > last) {
        throw new IllegalArgumentException(range);
      }
      ranges.add(new Range(first, last));
    }
    return new StatusCodes(List.copyOf(ranges));
  }

  @Override
  public String toString() {
    return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
  }
}
