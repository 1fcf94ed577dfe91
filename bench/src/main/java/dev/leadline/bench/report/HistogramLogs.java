package dev.leadline.bench.report;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.FileError;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.stats.CellFigures;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Latencies as HdrHistogram logs, one file for each cell and one line in it for each measured
 * round: what plotters and other tools read. Values are nanoseconds with three significant digits.
 */
final class HistogramLogs {
  private static final int SIGNIFICANT_DIGITS = 3;
  private static final long LOWEST_NANOS = 1_000;
  private static final long HIGHEST_NANOS = 60_000_000_000L;
  private static final double NANOS_PER_MILLI = 1e6;

  private HistogramLogs() {}

  /** Writes {@code hlog/<number>-<path>-<balancer>.hlog}, numbered in the report's order. */
  static void write(Report report, ResultsDirectory directory) {
    try {
      Files.createDirectories(directory.histograms());
    } catch (IOException e) {
      throw BenchException.failed(
          "%s cannot be made: %s".formatted(directory.histograms(), FileError.reason(e)));
    }
    int number = 0;
    for (CellFigures cell : report.figures().cells()) {
      String name =
          "%d-%s-%s"
              .formatted(++number, cell.cell().path(), cell.cell().balancer())
              .replaceAll("[^A-Za-z0-9_.-]+", "");
      ResultsDirectory.write(
          directory.histograms().resolve(name.substring(0, Math.min(name.length(), 100)) + ".hlog"),
          log(cell));
    }
  }

  private static Histogram histogram() {
    Histogram histogram = new Histogram(LOWEST_NANOS, HIGHEST_NANOS, SIGNIFICANT_DIGITS);
    histogram.setAutoResize(true);
    return histogram;
  }

  private static String log(CellFigures cell) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      HistogramLogWriter log = new HistogramLogWriter(out);
      log.outputComment(
          "[Latency in ns from the intended send; a failed request counts as the timeout]");
      log.outputLogFormatVersion();
      log.outputLegend();
      for (var round : cell.rounds()) {
        Histogram histogram = histogram();
        round.latencies().forEach(histogram::recordValue);
        Instant start = round.burst().startedAt();
        double seconds = start.getEpochSecond() + start.getNano() / 1e9;
        histogram.setTag("round-" + round.burst().round());
        log.outputIntervalHistogram(
            seconds, seconds + round.durationNanos() / 1e9, histogram, NANOS_PER_MILLI);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
