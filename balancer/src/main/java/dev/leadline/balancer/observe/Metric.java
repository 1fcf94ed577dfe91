package dev.leadline.balancer.observe;

import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * One published number: its names, and how it is read.
 *
 * @param <T> what it is read from
 * @param names what it is called, and where it is published
 * @param type whether it only grows
 * @param unit what {@code value} is in
 * @param help its meaning, in a sentence
 * @param value reads it; NaN if it is not known now
 */
public record Metric<T>(Names names, Type type, Unit unit, String help, ToDoubleFunction<T> value) {

  /** Whether a metric only grows. */
  public enum Type {
    /** A count since the start. */
    COUNTER,
    /** A value that may rise and fall. */
    GAUGE,
    /** A gauge that is 1 or 0; true or false in JSON. */
    FLAG
  }

  /** What a value is in. */
  public enum Unit {
    /** A whole number of things. */
    COUNT("", "", 1, 1),
    /** Bytes. */
    BYTES("bytes", "bytes", 1, 1),
    /** Nanoseconds; published as seconds in Prometheus and CloudWatch, as milliseconds in JSON. */
    NANOS("s", "ms", 1e9, 1e6),
    /** A unit of the policy's own. */
    POLICY("of the policy", "of the policy", 1, 1);

    private final String prometheus;
    private final String json;
    private final double perPrometheus;
    private final double perJson;

    Unit(String prometheus, String json, double perPrometheus, double perJson) {
      this.prometheus = prometheus;
      this.json = json;
      this.perPrometheus = perPrometheus;
      this.perJson = perJson;
    }

    /** Its sign in Prometheus; empty for a count. */
    public String prometheusSign() {
      return prometheus;
    }

    /** Its sign in JSON; empty for a count. */
    public String jsonSign() {
      return json;
    }
  }

  /**
   * What a metric is called.
   *
   * @param prometheus name in Prometheus
   * @param label what tells metrics of one Prometheus name apart
   * @param json key in {@code /status}
   * @param cloudWatch name in CloudWatch, if it is published there: that of an Application Load
   *     Balancer
   */
  public record Names(
      String prometheus, Optional<Label> label, String json, Optional<String> cloudWatch) {

    static Names named(String prometheus, String json) {
      return new Names(prometheus, Optional.empty(), json, Optional.empty());
    }

    Names labelled(String name, String labelValue, String familyHelp) {
      return new Names(
          prometheus, Optional.of(new Label(name, labelValue, familyHelp)), json, cloudWatch);
    }

    Names cloudWatch(String name) {
      return new Names(prometheus, label, json, Optional.of(name));
    }
  }

  /**
   * A label of a metric in Prometheus.
   *
   * @param familyHelp meaning of the name that several metrics share
   */
  public record Label(String name, String value, String familyHelp) {}

  /** Its value in the unit that Prometheus and CloudWatch have; NaN if it is not known. */
  public double inSeconds(T of) {
    return value.applyAsDouble(of) / unit.perPrometheus;
  }

  /**
   * Its value as JSON has it; null if it is not known, because JSON has neither NaN nor infinity.
   */
  public @Nullable Object json(T of) {
    double read = value.applyAsDouble(of);
    if (!Double.isFinite(read)) {
      return null;
    }
    if (type == Type.FLAG) {
      return read != 0;
    }
    return unit == Unit.COUNT || unit == Unit.BYTES
        ? (Object) (long) read
        : (Object) (read / unit.perJson);
  }
}
