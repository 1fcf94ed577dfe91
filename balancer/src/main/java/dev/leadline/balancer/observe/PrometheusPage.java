package dev.leadline.balancer.observe;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusProtobufWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metrics as Prometheus reads them: text of version 0.0.4, or protobuf if it asks for that,
 * which is the only format with native histograms.
 */
public final class PrometheusPage {

  private static final ExpositionFormatWriter TEXT = PrometheusTextFormatWriter.create();
  private static final ExpositionFormatWriter PROTOBUF = new PrometheusProtobufWriter();

  /** By name: Prometheus wants all points of a name together. */
  private final Map<String, MetricSnapshot.Builder<?>> families = new LinkedHashMap<>();

  private PrometheusPage() {}

  /**
   * The page.
   *
   * @param contentType what it is
   */
  public record Page(String contentType, Buffer content) {}

  /**
   * Writes everything; takes a while where there are many targets.
   *
   * @param accept the request's {@code Accept}; null if it has none
   */
  public static Page of(BalancerSnapshot balancer, @Nullable String accept) {
    PrometheusPage page = new PrometheusPage();
    page.add(Metrics.BALANCER, balancer, Labels.EMPTY);
    for (GroupSnapshot group : balancer.groups()) {
      Labels labels = Labels.of("group", group.name());
      page.add(Metrics.GROUP, group, labels);
      for (TargetSnapshot target : group.targets()) {
        page.add(Metrics.TARGET, target, labels.add("target", target.target().id()));
      }
    }
    return page.write(PROTOBUF.accepts(accept) ? PROTOBUF : TEXT);
  }

  private <T> void add(MetricLevel<T, ?> level, T of, Labels labels) {
    for (Metric<T> metric : level.metrics()) {
      Metric.Names names = metric.names();
      String help = names.label().map(Metric.Label::familyHelp).orElse(metric.help());
      Labels whose = names.label().map(it -> labels.add(it.name(), it.value())).orElse(labels);
      add(metric.type(), names.prometheus(), help, metric.inSeconds(of), whose);
    }
    for (Latency<T> latency : level.latencies()) {
      family(latency.prometheus(), HistogramSnapshot.builder(), latency.help())
          .dataPoint(point(latency.counts().apply(of), labels));
    }
  }

  private void add(Metric.Type type, String name, String help, double value, Labels labels) {
    if (type == Metric.Type.COUNTER) {
      // The writers add the suffix of counters themselves.
      CounterSnapshot.Builder family =
          family(name.replaceFirst("_total$", ""), CounterSnapshot.builder(), help);
      if (!Double.isNaN(value)) {
        family.dataPoint(new CounterDataPointSnapshot(value, labels, null, 0));
      }
    } else {
      GaugeSnapshot.Builder family = family(name, GaugeSnapshot.builder(), help);
      if (!Double.isNaN(value)) {
        family.dataPoint(new GaugeDataPointSnapshot(value, labels, null));
      }
    }
  }

  /** The family of this name; a name has one type only. */
  @SuppressWarnings("unchecked")
  private <B extends MetricSnapshot.Builder<B>> B family(String name, B fresh, String help) {
    return (B) families.computeIfAbsent(name, it -> fresh.name(it).help(help));
  }

  private static HistogramDataPointSnapshot point(LatencyCounts counts, Labels labels) {
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(LatencyCounts.limitsSeconds(), counts.limited()),
        LatencyCounts.SCHEMA,
        counts.zeros(),
        LatencyCounts.ZERO_SECONDS,
        NativeHistogramBuckets.of(counts.indexes(), counts.growing()),
        NativeHistogramBuckets.EMPTY,
        counts.sumSeconds(),
        labels,
        Exemplars.EMPTY,
        0);
  }

  private Page write(ExpositionFormatWriter writer) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    families.values().forEach(family -> all.metricSnapshot(family.build()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writer.write(bytes, all.build(), EscapingScheme.ALLOW_UTF8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Page(writer.getContentType(), Buffer.buffer(bytes.toByteArray()));
  }
}
