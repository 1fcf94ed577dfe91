package dev.leadline.bench;

import dev.leadline.bench.error.ExitCode;
import dev.leadline.bench.pdf.PdfReport;
import dev.leadline.bench.progress.Terminal;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.report.Ansi;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.report.ReportFiles;
import dev.leadline.bench.report.TerminalReport;
import dev.leadline.bench.title.TitlePage;
import dev.leadline.bench.title.TitlePageFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;

/** Writes the reports of a run, and prints the one for the terminal. */
final class Reports {
  private final TitlePage titlePage;
  private final boolean pdf;

  private Reports(TitlePage titlePage, boolean pdf) {
    this.titlePage = titlePage;
    this.pdf = pdf;
  }

  /** Reads what the options name, so that a mistake in it shows before anything is measured. */
  static Reports of(ReportOptions options) {
    return new Reports(TitlePageFile.read(options.config), options.pdf);
  }

  /** Makes every report from the raw files of a run. */
  Report make(ResultsDirectory directory, PrintWriter out) {
    Report report = ReportFiles.read(directory);
    ReportFiles.write(report, titlePage, directory);
    out.println();
    out.print(TerminalReport.render(report, ansi()));
    out.printf("%nReport: %s%n", shortened(directory.reportHtml()));
    out.flush();
    if (pdf) {
      PdfReport.ofThisMachine().make(directory).forEach(out::println);
    }
    out.flush();
    return report;
  }

  /** As standard output and its reader want it. */
  static Ansi ansi() {
    return Ansi.of(
        Terminal.isTerminal(Terminal.STDOUT),
        Objects.requireNonNullElse(System.getenv("NO_COLOR"), ""),
        Objects.requireNonNullElse(System.getenv("TERM"), ""));
  }

  /** As seen from the working directory, where the file is below it. */
  private static Path shortened(Path file) {
    Path here = Path.of("").toAbsolutePath();
    Path absolute = file.toAbsolutePath();
    return absolute.startsWith(here) ? here.relativize(absolute) : absolute;
  }

  static int exitCode(Report report) {
    if (report.figures().failed() > 0) {
      return ExitCode.REQUESTS_FAILED;
    }
    return report.cloudWatch().disagrees() ? ExitCode.NOT_RECONCILED : ExitCode.OK;
  }
}
