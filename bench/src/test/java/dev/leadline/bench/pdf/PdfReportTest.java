package dev.leadline.bench.pdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.leadline.bench.Samples;
import dev.leadline.bench.cloudwatch.CloudWatchReading;
import dev.leadline.bench.record.ResultsDirectory;
import dev.leadline.bench.record.Run;
import dev.leadline.bench.record.RunSamples;
import dev.leadline.bench.report.Report;
import dev.leadline.bench.report.ReportFiles;
import dev.leadline.bench.title.Language;
import dev.leadline.bench.title.TitlePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PdfReportTest {
  @TempDir private Path path = Path.of(".");

  private ResultsDirectory directory() {
    return new ResultsDirectory(path);
  }

  private static PdfTool shell(String name, String script) {
    return new PdfTool(name, PdfTool.TEX, List.of("sh", "-c", script), 1);
  }

  /** Long enough for a slow machine. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private List<String> make(Duration limit, PdfTool... tools) {
    return new PdfReport(List.of(tools), limit).make(directory());
  }

  @BeforeEach
  void aReportOfAnEarlierRun() throws IOException {
    Files.writeString(directory().reportTex(), "tex");
    Files.writeString(directory().reportPdf(), "an older one");
  }

  @Test
  void theFirstToolThatCanMakesIt() throws IOException {
    List<String> said =
        make(
            LIMIT,
            shell("broken", "echo '! Undefined control sequence.'; echo rest; exit 1"),
            shell("empty", "touch report.pdf"),
            shell("good", "cat report.tex >report.pdf; echo x >report.aux"),
            shell("unused", "exit 9"));

    assertEquals(
        List.of(
            "broken made no PDF of report.tex: ! Undefined control sequence.",
            "empty made no PDF of report.tex: it ended well, but wrote none",
            "PDF: %s, made with good".formatted(directory().reportPdf())),
        said);
    assertEquals("tex", Files.readString(directory().reportPdf()));
    assertFalse(Files.exists(path.resolve("report.aux")));
  }

  @Test
  void aToolThatDoesNotEndIsStopped() {
    assertEquals(
        "slow made no PDF of report.tex: it had not ended after 0.1 s",
        make(Duration.ofMillis(100), shell("slow", "sleep 600")).get(0));
  }

  /** An older PDF beside a newer report would be taken for its own. */
  @Test
  void withoutAToolOneSentenceSaysWhatToInstall() {
    List<String> said = make(LIMIT);

    assertEquals(1, said.size());
    assertTrue(said.get(0).contains("install latexmk"), said.toString());
    assertFalse(Files.exists(directory().reportPdf()));
  }

  /** What this machine has: LaTeX sets the report, Chromium prints it. */
  @ParameterizedTest
  @ValueSource(strings = {"latexmk", "tectonic", "pdflatex", "chromium"})
  void aRealProgramMakesPagesThatAreNotEmpty(String name) throws IOException, InterruptedException {
    Optional<PdfTool> tool =
        PdfTool.installed(PdfTool.path(), PdfTool.APPLICATIONS).stream()
            .filter(installed -> installed.name().equals(name))
            .findFirst();
    need(tool.isPresent(), name);
    Run run = Samples.run(Samples.lab("Ünïcode & 100%_#{}~^", "/p_1", "i-1", "50% \u65e5"), 7);
    Report report =
        Report.of(
            run,
            RunSamples.of(Samples.samples(run, balancer -> 1234L)),
            CloudWatchReading.notAsked("Not asked."));
    ReportFiles.write(
        report,
        new TitlePage("100% {B} \\input{x}", "A & B_1", List.of("Émile"), null, Language.FR),
        directory());

    List<String> said = make(LIMIT, tool.get());

    assertTrue(said.get(0).startsWith("PDF: "), said.toString());
    need(onPath("pdftoppm"), "pdftoppm");
    assertEquals(
        0,
        new ProcessBuilder("pdftoppm", "-r", "40", "-png", "report.pdf", "page")
            .directory(path.toFile())
            .start()
            .waitFor());
    try (Stream<Path> files = Files.list(path)) {
      List<Path> pages = files.filter(file -> file.toString().endsWith(".png")).toList();
      assertTrue(pages.size() >= 2, pages.toString());
      for (Path page : pages) {
        assertTrue(Files.size(page) > 600, page + " is empty");
      }
    }
  }

  /**
   * Skips, except where .ci/run has said that LaTeX, what shows its pages, and a browser may not be
   * missing.
   */
  private static void need(boolean installed, String program) {
    if (!installed) {
      String reason =
          "no PDF of the report was tested with %s: it is not installed".formatted(program);
      System.out.println("skipped: " + reason);
      boolean required = "required".equals(System.getenv("LEADLINE_REPORT_TEST"));
      assertFalse(required && !program.equals("tectonic"), reason);
      abort(reason);
    }
  }

  private static boolean onPath(String program) {
    return Stream.of(PdfTool.path().split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  @Test
  void latexIsPreferredToABrowser() throws IOException {
    for (String program : List.of("chromium", "pdflatex", "latexmk")) {
      assertTrue(Files.createFile(path.resolve(program)).toFile().setExecutable(true));
    }
    Files.createFile(path.resolve("tectonic")); // not executable

    assertEquals(
        List.of("latexmk", "pdflatex", "chromium"),
        PdfTool.installed(path + ":/nowhere", path).stream().map(PdfTool::name).toList());
  }

  /** Browsers of macOS are on no path, and have a space in theirs. */
  @Test
  void aBrowserAmongMacOsApplicationsMakesIt() throws IOException {
    for (String browser : List.of("Microsoft Edge", "Google Chrome")) {
      Path folder = Files.createDirectories(path.resolve(browser + ".app/Contents/MacOS"));
      Path program = folder.resolve(browser);
      Files.writeString(program, "#!/bin/sh\necho \"$0\" >report.pdf\n");
      assertTrue(program.toFile().setExecutable(true));
    }
    Files.writeString(directory().reportHtml(), "html");
    List<PdfTool> tools = PdfTool.installed("/nowhere", path);
    assertEquals(
        List.of("Google Chrome", "Microsoft Edge"), tools.stream().map(PdfTool::name).toList());

    List<String> said = make(LIMIT, tools.get(0));

    assertEquals(
        List.of("PDF: %s, made with Google Chrome".formatted(directory().reportPdf())), said);
    assertEquals(
        path + "/Google Chrome.app/Contents/MacOS/Google Chrome\n",
        Files.readString(directory().reportPdf()));
  }
}
