package dev.leadline.balancer.observe;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics in Prometheus's text format, version 0.0.4. */
public final class PrometheusText {

  /** Content type of the text. */
  public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  /** A value and whose it is. */
  private record Point(Labels labels, double value) {}

  private record Family(boolean isCounter, String help, List<Point> points) {}

  private final Map<String, Family> families = new LinkedHashMap<>();

  private PrometheusText() {}

  /** Writes everything. */
  public static String of(BalancerSnapshot balancer) {
    PrometheusText text = new PrometheusText();
    text.add(Metrics.BALANCER, balancer, Labels.EMPTY);
    for (GroupSnapshot group : balancer.groups()) {
      Labels labels = Labels.of("group", group.name());
      text.add(Metrics.GROUP, group, labels);
      for (TargetSnapshot target : group.targets()) {
        text.add(Metrics.TARGET, target, labels.add("target", target.target().id()));
      }
    }
    return text.write();
  }

  private <T> void add(MetricLevel<T, ?> level, T of, Labels labels) {
    for (Metric<T> metric : level.metrics()) {
      Metric.Names names = metric.names();
      Family family =
          families.computeIfAbsent(
              names.prometheus(),
              name ->
                  new Family(
                      metric.type() == Metric.Type.COUNTER,
                      names.label().map(Metric.Label::familyHelp).orElse(metric.help()),
                      new ArrayList<>()));
      double value = metric.inSeconds(of);
      if (!Double.isNaN(value)) {
        family.points.add(
            new Point(
                names.label().map(it -> labels.add(it.name(), it.value())).orElse(labels), value));
      }
    }
  }

  private String write() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    families.forEach((name, family) -> all.metricSnapshot(snapshot(name, family)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(bytes, all.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static MetricSnapshot snapshot(String name, Family family) {
    if (family.isCounter) {
      CounterSnapshot.Builder counter =
          // The writer adds the suffix of counters itself.
          CounterSnapshot.builder().name(name.replaceFirst("_total$", "")).help(family.help);
      family.points.forEach(
          it -> counter.dataPoint(new CounterDataPointSnapshot(it.value, it.labels, null, 0)));
      return counter.build();
    }
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(family.help);
    family.points.forEach(
        it -> gauge.dataPoint(new GaugeDataPointSnapshot(it.value, it.labels, null)));
    return gauge.build();
  }
}
