package dev.leadline.bench.report.chart;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.leadline.bench.stats.Percentiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * Curves of one path as numbers, for the script that draws them.
 *
 * @param x ascending, the same for every curve: log10(1 / (1 - p)), or seconds
 */
public record CurveData(Kind kind, String path, List<Double> x, List<Series> series) {
  private static final int POINTS = 200;

  /** p50, p75, p90, p95, p99, p99.9, p99.99, p99.999. */
  private static final SortedSet<Double> LABELLED =
      new TreeSet<>(
          DoubleStream.of(50, 75, 90, 95, 99, 99.9, 99.99, 99.999)
              .mapToObj(percent -> -Math.log10(1 - percent / 100))
              .toList());

  /** What the curves are drawn over. */
  public enum Kind {
    PERCENTILE,
    TIME;

    @JsonValue
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One curve.
   *
   * @param colour index of its balancer
   * @param millis null where it has no value
   */
  public record Series(String name, int colour, boolean dashed, List<@Nullable Double> millis) {}

  /** Percentile curves, with their names in the same order. */
  public static CurveData percentiles(
      String path, List<String> names, List<PercentileChart.Curve> curves) {
    double last = Math.log10(curves.stream().mapToInt(c -> c.all().size()).max().orElse(1));
    SortedSet<Double> places = new TreeSet<>();
    for (int i = 0; i <= POINTS; i++) {
      places.add(rounded(last * i / POINTS));
    }
    // Those that people ask for are read exactly.
    places.addAll(LABELLED.headSet(last));
    List<Double> decades = List.copyOf(places);
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < curves.size(); i++) {
      List<@Nullable Double> millis = new ArrayList<>();
      for (double decade : decades) {
        millis.add(millis(curves.get(i).all(), decade));
      }
      series.add(new Series(names.get(i), curves.get(i).balancer(), false, millis));
    }
    return new CurveData(Kind.PERCENTILE, path, decades, series);
  }

  /** p50 and p99 of each slot of time. */
  public static CurveData time(String path, List<TimeSlots> balancers) {
    int slots = balancers.stream().mapToInt(b -> b.slots().size()).max().orElse(0);
    double seconds = balancers.isEmpty() ? 1 : balancers.get(0).slotSeconds();
    List<Double> x = new ArrayList<>();
    for (int i = 0; i < slots; i++) {
      x.add(rounded((i + 0.5) * seconds));
    }
    List<Series> series = new ArrayList<>();
    for (TimeSlots own : balancers) {
      List<@Nullable Double> p50 = new ArrayList<>();
      List<@Nullable Double> p99 = new ArrayList<>();
      for (int i = 0; i < slots; i++) {
        TimeSlots.@Nullable Slot slot = i < own.slots().size() ? own.slots().get(i) : null;
        p50.add(slot == null ? null : rounded(slot.p50Nanos() / 1e6));
        p99.add(slot == null ? null : rounded(slot.p99Nanos() / 1e6));
      }
      series.add(new Series(own.name() + " p50", own.balancer(), true, p50));
      series.add(new Series(own.name() + " p99", own.balancer(), false, p99));
    }
    return new CurveData(Kind.TIME, path, x, series);
  }

  private static @Nullable Double millis(Percentiles curve, double decade) {
    double percent = Math.min(100, Math.max(1e-9, 100 * (1 - Math.pow(10, -decade))));
    double last = Math.log10(curve.size());
    return decade > last + 1e-3
        ? null
        : rounded((decade > last - 1e-3 ? curve.max() : curve.at(percent)) / 1e6);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
