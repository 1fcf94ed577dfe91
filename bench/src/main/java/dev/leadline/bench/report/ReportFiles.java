package dev.leadline.bench.report;

import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.json.Json;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.record.DisturbanceRecord;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.record.RecordedSamples;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunFile;
import dev.leadline.bench.title.TitlePage;
import java.nio.file.Files;
import java.util.List;

/** Reads a run's raw files and writes its reports beside them. */
public final class ReportFiles {
  private ReportFiles() {}

  /**
   * Reads a run.
   *
   * @throws BenchException naming the file that is missing or malformed
   */
  public static Report read(ResultsDirectory directory) {
    Run run = RunFile.read(directory.run());
    CloudWatchReading cloudWatch =
        Files.exists(directory.cloudWatch())
            ? Json.read(directory.cloudWatch(), CloudWatchReading.class)
            : CloudWatchReading.notAsked("CloudWatch was not read after this run.");
    if (run.bursts().stream().noneMatch(burst -> burst.phase() == Phase.MEASURED)) {
      throw BenchException.usage(
          "%s holds no measured burst: there is nothing to report".formatted(directory.path()));
    }
    List<DisturbanceRecord> disturbances =
        Files.exists(directory.disturbances())
            ? List.of(Json.read(directory.disturbances(), DisturbanceRecord[].class))
            : List.of();
    Report report =
        Report.of(run, RecordedSamples.open(directory.samples(), run), cloudWatch, disturbances);
    return Files.exists(directory.farView())
        ? report.beside(List.of(Json.read(directory.farView(), FarView[].class)))
        : report;
  }

  /**
   * Writes {@code report.json}, {@code report.html}, {@code report.tex} and the HdrHistogram logs.
   */
  public static void write(Report report, TitlePage titlePage, ResultsDirectory directory) {
    ResultsDirectory.writeJson(directory.reportJson(), report);
    HistogramLogs.write(report, directory);
    ResultsDirectory.write(directory.reportHtml(), HtmlReport.render(report, titlePage));
    ResultsDirectory.write(directory.reportTex(), LatexReport.render(report, titlePage));
  }
}
