package dev.leadline.balancer.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * What the targets of a group say of their load with their answers, as Open Request Cost
 * Aggregation (ORCA) has it: a header {@value #NAME} of metrics, as {@code TEXT a=1, b=2} (a colon
 * does as well, and the word is not needed) or as {@code JSON {...}}, in the names of <a
 * href="https://github.com/cncf/xds/blob/main/xds/data/orca/v3/orca_load_report.proto">OrcaLoadReport</a>.
 * Its binary form is not read. One metric is of use: the named one with the requests in flight.
 *
 * <p>Whatever a target says, the client gets its answer: what cannot be read is counted and
 * ignored. Not thread-safe.
 */
final class LoadReports {

  private static final String NAME = "endpoint-load-metrics";

  static final CharSequence HEADER = HttpHeaders.createOptimized(NAME);
  static final CharSequence BINARY = HttpHeaders.createOptimized(NAME + "-bin");

  /** With this a request asks for a report, in a form. */
  static final CharSequence FORMAT = HttpHeaders.createOptimized(NAME + "-format");

  private static final CharSequence TEXT = HttpHeaders.createOptimized("TEXT");

  private static final int MOST_CHARACTERS = 2048;
  private static final int MOST_METRICS = 64;
  private static final int MOST_REQUESTS = 1_000_000;

  private static final String NAMED = "named_metrics";

  private String metric = "";
  private long used;
  private long unusable;

  LoadReports(Optional<String> metric) {
    use(metric);
  }

  /**
   * From now on the named metric of this name says how many requests a target has in flight.
   *
   * @param changed absent: targets are not asked, and nothing is read
   */
  void use(Optional<String> changed) {
    metric = changed.orElse("");
  }

  private boolean areOff() {
    return metric.isEmpty();
  }

  /** Asks for a report in a request with these headers. */
  void ask(MultiMap headers) {
    if (!areOff()) {
      headers.set(FORMAT, TEXT);
    }
  }

  /**
   * Takes the report out of the headers of an answer, because it is for the balancer alone.
   *
   * @return how many requests the target has in flight, 0 or more; NaN if it does not say
   */
  double take(MultiMap headers) {
    if (areOff()) {
      return Double.NaN;
    }
    List<String> lines = headers.getAll(HEADER);
    boolean binary = headers.contains(BINARY);
    if (lines.isEmpty() && !binary) {
      return Double.NaN;
    }
    leaveOut(headers);
    double said = lines.size() == 1 ? read(lines.get(0)) : Double.NaN;
    if (said >= 0 && said <= MOST_REQUESTS) {
      used++;
      return said;
    }
    unusable++;
    return Double.NaN;
  }

  /** Takes a report out that nobody reads: of hints (103) or trailers. */
  void leaveOut(MultiMap headers) {
    if (!areOff()) {
      headers.remove(HEADER);
      headers.remove(BINARY);
    }
  }

  /** Reports that were used. */
  long used() {
    return used;
  }

  /** Reports without the metric, and those that could not be read. */
  long unusable() {
    return unusable;
  }

  private double read(String report) {
    if (report.length() > MOST_CHARACTERS) {
      return Double.NaN;
    }
    int word = report.indexOf(' ');
    return switch (word < 0 ? "" : report.substring(0, word)) {
      case "JSON" -> ofJson(report.substring(word));
      case "TEXT" -> ofText(report.substring(word));
      default -> ofText(report);
    };
  }

  private double ofText(String metrics) {
    String wanted = NAMED + "." + metric;
    double found = Double.NaN;
    String[] all = metrics.split(",", MOST_METRICS + 1);
    if (all.length > MOST_METRICS) {
      return Double.NaN;
    }
    for (String one : all) {
      int end = endOfName(one);
      if (end < 0) {
        return Double.NaN;
      }
      if (one.substring(0, end).strip().equals(wanted)) {
        if (!Double.isNaN(found)) {
          return Double.NaN; // It says two things.
        }
        found = number(one.substring(end + 1).strip());
      }
    }
    return found;
  }

  /** Where the equals sign or the colon is, whichever comes first. */
  private static int endOfName(String metric) {
    int equals = metric.indexOf('=');
    int colon = metric.indexOf(':');
    return equals < 0 || (colon >= 0 && colon < equals) ? colon : equals;
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private double ofJson(String metrics) {
    try {
      Object named = new JsonObject(metrics).getValue(NAMED);
      Object value = named instanceof JsonObject all ? all.getValue(metric) : null;
      return value instanceof Number number ? number.doubleValue() : Double.NaN;
    } catch (DecodeException e) {
      return Double.NaN;
    }
  }
}
