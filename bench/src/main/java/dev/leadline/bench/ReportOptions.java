package dev.leadline.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that writes a report. */
final class ReportOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Title, team, course, language and date of the report (report.yaml in the working"
              + " directory, if there is one).")
  @Nullable Path config;

  @Option(
      names = "--pdf",
      description =
          "Make report.pdf too: with LaTeX if it is installed, or with Chromium, Chrome or Edge.")
  boolean pdf;
}
