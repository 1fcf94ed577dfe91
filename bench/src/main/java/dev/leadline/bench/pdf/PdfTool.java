package dev.leadline.bench.pdf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A program that makes a PDF of a report.
 *
 * @param name for people
 * @param source the file it reads, in the directory where it runs; it writes {@code report.pdf}
 *     beside it
 * @param command with its arguments
 * @param times how often it must run
 */
record PdfTool(String name, String source, List<String> command, int times) {
  static final String PDF = "report.pdf";
  static final String TEX = "report.tex";
  static final String HTML = "report.html";
  private static final List<String> BROWSERS =
      List.of(
          "chromium",
          "chromium-browser",
          "google-chrome",
          "google-chrome-stable",
          "microsoft-edge");

  /** Where macOS has them, on no path. */
  static final Path APPLICATIONS = Path.of("/Applications");

  private static final List<String> MAC_BROWSERS =
      List.of("Google Chrome", "Chromium", "Microsoft Edge");
  private static final List<String> LATEX =
      List.of("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", TEX);

  /**
   * Those that are installed, best first: LaTeX sets the report as the assignment wants it, a
   * browser prints what the HTML shows.
   *
   * @param path directories to search, as in {@code PATH}
   * @param applications the directory of macOS's applications
   */
  static List<PdfTool> installed(String path, Path applications) {
    List<PdfTool> tools =
        new ArrayList<>(
            List.of(
                new PdfTool(
                    "latexmk",
                    TEX,
                    List.of(
                        "latexmk",
                        "-pdf",
                        "-interaction=nonstopmode",
                        "-halt-on-error",
                        "-latexoption=-no-shell-escape",
                        TEX),
                    1),
                new PdfTool("tectonic", TEX, List.of("tectonic", "--untrusted", TEX), 1),
                // The second time it has the references that it learned in the first.
                new PdfTool("pdflatex", TEX, command("pdflatex", LATEX), 2)));
    BROWSERS.forEach(browser -> tools.add(browser(browser, browser)));
    tools.removeIf(tool -> !onPath(path, tool.command().get(0)));
    for (String browser : MAC_BROWSERS) {
      Path program = applications.resolve(browser + ".app/Contents/MacOS").resolve(browser);
      if (isProgram(program)) {
        tools.add(browser(browser, program.toString()));
      }
    }
    return tools;
  }

  private static PdfTool browser(String name, String program) {
    return new PdfTool(
        name,
        HTML,
        List.of(
            program,
            "--headless",
            // Its sandbox needs rights that root and containers lack; it opens this one file only.
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
            "--user-data-dir=profile",
            "--print-to-pdf=" + PDF,
            HTML),
        1);
  }

  private static List<String> command(String program, List<String> arguments) {
    return Stream.concat(Stream.of(program), arguments.stream()).toList();
  }

  private static boolean onPath(String path, String program) {
    return Arrays.stream(path.split(":", -1))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory).resolve(program))
        .anyMatch(PdfTool::isProgram);
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  /** Programs that are searched for on this machine. */
  static String path() {
    return Objects.requireNonNullElse(System.getenv("PATH"), "");
  }
}
