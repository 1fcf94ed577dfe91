package dev.leadline.bench.pdf;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.leadline.bench.record.ResultsDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Makes {@code report.pdf} of {@code report.tex} or {@code report.html}, whichever a program of
 * this machine can read. A PDF that cannot be made fails nothing: a sentence says why.
 */
public final class PdfReport {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String HOW =
      "install latexmk, tectonic or pdflatex, or Chromium, Chrome or Edge to print report.html";

  private final List<PdfTool> tools;
  private final Duration limit;

  PdfReport(List<PdfTool> tools, Duration limit) {
    this.tools = List.copyOf(tools);
    this.limit = limit;
  }

  /** With the programs of this machine. */
  public static PdfReport ofThisMachine() {
    return new PdfReport(PdfTool.installed(PdfTool.path(), PdfTool.APPLICATIONS), LIMIT);
  }

  /** Makes it, and says in one line for each program tried what came out. */
  public List<String> make(ResultsDirectory directory) {
    // That of an earlier report must not stand beside this one.
    try {
      Files.deleteIfExists(directory.reportPdf());
    } catch (IOException e) {
      return List.of("%s cannot be replaced: %s".formatted(directory.reportPdf(), e.getMessage()));
    }
    List<String> said = new ArrayList<>();
    for (PdfTool tool : tools) {
      try {
        String failure = make(directory, tool);
        if (failure.isEmpty()) {
          said.add("PDF: %s, made with %s".formatted(directory.reportPdf(), tool.name()));
          return said;
        }
        said.add("%s made no PDF of %s: %s".formatted(tool.name(), tool.source(), failure));
      } catch (IOException e) {
        said.add("%s made no PDF of %s: %s".formatted(tool.name(), tool.source(), e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        said.add("Interrupted: there is no report.pdf.");
        return said;
      }
    }
    said.add("There is no report.pdf: " + HOW + ", and repeat `bench report --pdf`.");
    return said;
  }

  /** Runs a program in a directory of its own, where what it leaves behind is in nobody's way. */
  private String make(ResultsDirectory directory, PdfTool tool)
      throws IOException, InterruptedException {
    Path workshop = Files.createTempDirectory("bench-pdf");
    try {
      Files.copy(directory.path().resolve(tool.source()), workshop.resolve(tool.source()));
      Path log = workshop.resolve("output.log");
      for (int i = 0; i < tool.times(); i++) {
        Process process =
            new ProcessBuilder(tool.command())
                .directory(workshop.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
          if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            return "it had not ended after %.1f s".formatted(limit.toMillis() / 1e3);
          }
        } finally {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
          return reason(log);
        }
      }
      Path made = workshop.resolve(PdfTool.PDF);
      if (!Files.isRegularFile(made) || Files.size(made) == 0) {
        return "it ended well, but wrote none";
      }
      Path partial = directory.path().resolve(PdfTool.PDF + ".partial");
      Files.copy(made, partial, REPLACE_EXISTING);
      Files.move(partial, directory.reportPdf(), REPLACE_EXISTING);
      return "";
    } finally {
      delete(workshop);
    }
  }

  /** What LaTeX marks as its error, or else the last line. */
  private static String reason(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    return lines.stream()
        .filter(line -> line.startsWith("! ") || line.startsWith("error:"))
        .findFirst()
        .orElse(lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1));
  }

  /** A browser's last process may still write into its profile: what is left is the system's. */
  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      directory.toFile().deleteOnExit();
    }
  }
}
