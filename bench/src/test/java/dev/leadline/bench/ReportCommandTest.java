package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.load.TestServer;
import dev.leadline.bench.record.FarView;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.SampleFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reports from the raw files of a run. */
@Timeout(60)
final class ReportCommandTest {
  @TempDir private Path directory = Path.of(".");

  private final Bench bench = new Bench(() -> directory);

  /** Fails when a report needs anything but the raw files, or changes from time to time. */
  @Test
  void aReportIsMadeAgainExactly() throws IOException {
    try (TestServer server = TestServer.answering()) {
      bench.compareWithItself(server);
    }
    Path latest = bench.latest();
    List<Path> reports =
        List.of(
            latest.resolve("report.html"),
            latest.resolve("report.tex"),
            latest.resolve("report.json"));
    List<String> before = new ArrayList<>();
    for (Path report : reports) {
      before.add(Files.readString(report));
      Files.delete(report);
    }
    assertEquals(ExitCode.OK, bench.call("report", latest.toString()), bench.err());
    for (int i = 0; i < reports.size(); i++) {
      assertEquals(before.get(i), Files.readString(reports.get(i)));
    }
  }

  /** A run that a later version, or an editor, has spoiled: another report would be a wrong one. */
  @Test
  void aReportIsNotMadeOfASpoiledRun() throws IOException {
    try (TestServer server = TestServer.answering()) {
      bench.compareWithItself(server);
    }
    Path samples = bench.latest().resolve("samples.csv");
    Files.writeString(samples, Files.readString(samples).replaceFirst(",two,", ",three,"));
    assertEquals(ExitCode.USAGE, bench.call("report", bench.latest().toString()));
    assertTrue(bench.err().contains("samples.csv, line "), bench.err());
  }

  /**
   * Fails where a file or the terminal has numbers in the manner of the machine it is written on.
   */
  @Test
  void aFrenchMachineWritesTheSameFiles() throws IOException {
    Run run = Samples.run(Samples.lab(), 60);
    ResultsDirectory results = new ResultsDirectory(directory);
    ResultsDirectory.writeJson(results.run(), run);
    try (SampleFile samples = SampleFile.create(results.samples())) {
      samples.append(Samples.samples(run, name -> 1234L));
    }
    ResultsDirectory.writeJson(
        results.farView(), List.of(new FarView("/p", "alb", 1, 2, 9_876_000_000L)));
    List<Path> files =
        List.of(results.reportHtml(), results.reportTex(), results.reportJson(), results.run());
    List<List<String>> written = new ArrayList<>();
    for (Locale locale : List.of(Locale.CANADA_FRENCH, Locale.ROOT)) {
      Locale.setDefault(locale);
      assertEquals(ExitCode.OK, bench.call("report", directory.toString()), bench.err());
      List<String> texts = new ArrayList<>(List.of(bench.out()));
      for (Path file : files) {
        texts.add(Files.readString(file));
      }
      written.add(texts);
    }
    assertEquals(written.get(1), written.get(0));
    assertTrue(bench.out().contains("All 1,200 measured"), bench.out());
    assertTrue(written.get(0).get(1).contains(">9,876<"), "the view of far-view.json");
  }

  @Test
  void aDamagedRunFileIsNamed() throws IOException {
    Files.writeString(directory.resolve("run.json"), "{\n \"state\": 7\n}");
    Files.writeString(directory.resolve("samples.csv"), "");
    assertEquals(ExitCode.USAGE, bench.call("report", directory.toString()));
    assertTrue(bench.err().contains("run.json"), bench.err());
  }

  /** Ctrl-C before the first burst leaves run.json alone. */
  @Test
  void aRunThatMeasuredNothingSaysSo() throws IOException {
    ResultsDirectory.writeJson(
        directory.resolve("run.json"),
        new Run(
            "0",
            Run.State.INTERRUPTED,
            Samples.START,
            null,
            Samples.run(Samples.lab(), 1).settings(),
            Samples.run(Samples.lab(), 1).client(),
            Samples.lab(),
            List.of(),
            List.of(),
            List.of()));
    assertEquals(ExitCode.USAGE, bench.call("report", directory.toString()));
    assertTrue(bench.err().contains("holds no measured burst"), bench.err());
  }
}
