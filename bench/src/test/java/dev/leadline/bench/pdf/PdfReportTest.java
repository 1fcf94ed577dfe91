package dev.leadline.bench.pdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.record.ResultsDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PdfReportTest {
  @TempDir private Path path = Path.of(".");

  private ResultsDirectory directory() {
    return new ResultsDirectory(path);
  }

  private static PdfTool shell(String name, String script) {
    return new PdfTool(name, PdfTool.TEX, List.of("sh", "-c", script), 1);
  }

  private List<String> make(PdfTool... tools) {
    return new PdfReport(List.of(tools), Duration.ofMillis(500)).make(directory());
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
            shell("broken", "echo '! Undefined control sequence.'; echo rest; exit 1"),
            shell("slow", "sleep 30"),
            shell("empty", "touch report.pdf"),
            shell("good", "cat report.tex >report.pdf; echo x >report.aux"),
            shell("unused", "exit 9"));

    assertEquals(
        List.of(
            "broken made no PDF of report.tex: ! Undefined control sequence.",
            "slow made no PDF of report.tex: it had not ended after 0.5 s",
            "empty made no PDF of report.tex: it ended well, but wrote none",
            "PDF: %s, made with good".formatted(directory().reportPdf())),
        said);
    assertEquals("tex", Files.readString(directory().reportPdf()));
    assertFalse(Files.exists(path.resolve("report.aux")));
  }

  /** An older PDF beside a newer report would be taken for its own. */
  @Test
  void withoutAToolOneSentenceSaysWhatToInstall() {
    List<String> said = make();

    assertEquals(1, said.size());
    assertTrue(said.get(0).contains("install latexmk"), said.toString());
    assertFalse(Files.exists(directory().reportPdf()));
  }

  @Test
  void latexIsPreferredToABrowser() throws IOException {
    for (String program : List.of("chromium", "pdflatex", "latexmk")) {
      assertTrue(Files.createFile(path.resolve(program)).toFile().setExecutable(true));
    }
    Files.createFile(path.resolve("tectonic")); // not executable

    assertEquals(
        List.of("latexmk", "pdflatex", "chromium"),
        PdfTool.installed(path + ":/nowhere").stream().map(PdfTool::name).toList());
  }
}
