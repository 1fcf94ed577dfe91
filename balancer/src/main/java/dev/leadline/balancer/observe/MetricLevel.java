package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.Metric.Names;
import dev.leadline.balancer.observe.Metric.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one level: of the whole balancer, of each target group, or of each target.
 *
 * @param <T> what they are read from
 * @param <E> the events that are counted
 */
public final class MetricLevel<T, E> {

  private final String name;
  private final Function<T, Counts> counts;
  private final List<Metric<T>> metrics = new ArrayList<>();
  private final List<Counts.Step<E>> steps = new ArrayList<>();
  private int places;
  private final List<Latency<T>> latencies = new ArrayList<>();
  private final List<ToLongFunction<E>> times = new ArrayList<>();

  /**
   * @param counts where what was counted is kept
   */
  MetricLevel(String name, Function<T, Counts> counts) {
    this.name = name;
    this.counts = counts;
  }

  /** What the metrics are about. */
  public String name() {
    return name;
  }

  /** All metrics, in the order in which they are shown. */
  public List<Metric<T>> metrics() {
    return Collections.unmodifiableList(metrics);
  }

  /** All distributions of times, in the order in which they are shown. */
  public List<Latency<T>> latencies() {
    return Collections.unmodifiableList(latencies);
  }

  /** A counter of all counted metrics and of all distributions, at 0. */
  Counts.Counter<E> newCounter() {
    return new Counts.Counter<>(steps, places, times);
  }

  /** Adds a metric that is counted: {@code amount} says by how much an event moves it. */
  MetricLevel<T, E> counted(Names names, String help, Unit unit, ToLongFunction<E> amount) {
    int place = places++;
    steps.add((event, values) -> values[place] += amount.applyAsLong(event));
    return add(names, Metric.Type.COUNTER, unit, help, it -> counts.apply(it).get(place));
  }

  /**
   * Adds a metric for each of these, of which an event has one or none: together they cost a
   * request no more than one.
   *
   * @param which the one that an event has; null if it has none
   */
  <K> MetricLevel<T, E> countedBy(
      List<K> each, Function<K, Names> names, Function<K, String> help, Which<E, K> which) {
    int first = places;
    places += each.size();
    steps.add(
        (event, values) -> {
          K found = which.of(event);
          if (found != null) {
            values[first + each.indexOf(found)]++;
          }
        });
    for (int i = 0; i < each.size(); i++) {
      int place = first + i;
      K one = each.get(i);
      add(
          names.apply(one),
          Metric.Type.COUNTER,
          Unit.COUNT,
          help.apply(one),
          it -> counts.apply(it).get(place));
    }
    return this;
  }

  /** What an event has of several things. */
  @FunctionalInterface
  interface Which<E, K> {
    @Nullable K of(E event);
  }

  MetricLevel<T, E> counted(Names names, String help, ToLongFunction<E> amount) {
    return counted(names, help, Unit.COUNT, amount);
  }

  /** Adds a distribution: {@code nanos} is the time that an event adds; negative: none. */
  MetricLevel<T, E> timed(String prometheus, String help, ToLongFunction<E> nanos) {
    int place = times.size();
    times.add(nanos);
    latencies.add(new Latency<>(prometheus, help, it -> counts.apply(it).latency(place)));
    return this;
  }

  /** Adds a metric that somebody else counts. */
  MetricLevel<T, E> counter(Names names, String help, ToDoubleFunction<T> value) {
    return counter(names, help, Unit.COUNT, value);
  }

  MetricLevel<T, E> counter(Names names, String help, Unit unit, ToDoubleFunction<T> value) {
    return add(names, Metric.Type.COUNTER, unit, help, value);
  }

  MetricLevel<T, E> gauge(Names names, String help, ToDoubleFunction<T> value) {
    return gauge(names, help, Unit.COUNT, value);
  }

  MetricLevel<T, E> gauge(Names names, String help, Unit unit, ToDoubleFunction<T> value) {
    return add(names, Metric.Type.GAUGE, unit, help, value);
  }

  MetricLevel<T, E> flag(Names names, String help, Predicate<T> value) {
    return add(names, Metric.Type.FLAG, Unit.COUNT, help, it -> value.test(it) ? 1 : 0);
  }

  private MetricLevel<T, E> add(
      Names names, Metric.Type type, Unit unit, String help, ToDoubleFunction<T> value) {
    metrics.add(new Metric<>(names, type, unit, help, value));
    return this;
  }
}
