package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The statuses with which a health check succeeds.
 *
 * @param ranges one of them must contain the status
 */
public record SuccessCodes(List<Range> ranges) {

  private static final String RANGE = "[1-5]\\d\\d(-[1-5]\\d\\d)?";

  static final SuccessCodes DEFAULT = new SuccessCodes(List.of(new Range(200, 299)));

  static final ScalarType<SuccessCodes> TYPE =
      ScalarType.text(
              Pattern.compile(RANGE + "(," + RANGE + ")*"),
              "statuses and ranges of them with commas between, such as 200,204 or 200-299")
          .as(SuccessCodes::parse, SuccessCodes::toString);

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

  private static SuccessCodes parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String range : text.split(",", -1)) {
      int first = Integer.parseInt(range.substring(0, 3));
      int last = Integer.parseInt(range.substring(range.length() - 3));
      if (first > last) {
        throw new IllegalArgumentException(range);
      }
      ranges.add(new Range(first, last));
    }
    return new SuccessCodes(List.copyOf(ranges));
  }

  @Override
  public String toString() {
    return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
  }
}
