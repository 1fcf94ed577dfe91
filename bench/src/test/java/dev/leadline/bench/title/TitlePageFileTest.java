package dev.leadline.bench.title;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.BenchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TitlePageFileTest {
  @TempDir private Path directory = Path.of(".");

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("report.yaml"), content);
  }

  private static String refusal(Path file) {
    return String.valueOf(
        assertThrows(BenchException.class, () -> TitlePageFile.read(file)).getMessage());
  }

  @Test
  void theExampleIsRead() {
    assertEquals(
        new TitlePage(
            "Two load balancers under a burst",
            "LOG8415E, Advanced Concepts of Cloud Computing",
            List.of("Ada Lovelace", "Émile Borel"),
            LocalDate.of(2026, 10, 5),
            Language.EN),
        TitlePageFile.read(Path.of("../examples/report.yaml")));
  }

  @Test
  void everyKeyMayBeLeftOut() throws IOException {
    assertEquals(TitlePage.NONE, TitlePageFile.read(file("")));
    assertTrue(TitlePageFile.read(file("language: fr\n")).isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "course: X\\nlangauge: fr | line 2: key langauge is unknown; allowed are title, team",
        "language: de | line 1: language must be en or fr",
        "date: yesterday | line 1: date must be a day such as 2026-03-01",
        "date: 2026-02-30 | line 1: date must be a day",
        "team: Ada | line 1: team must be a list of 20 names at most",
        "team:\\n- Ada\\n- [x] | line 3: team must be text of 1 to 200",
        "title: | line 1: title must be text",
        "title: a\\ntitle: b | line 2: key title stands twice",
        "- a | line 1: must be keys with values",
        "title: [ | line 2: not YAML",
      })
  void aMistakeIsNamedWithFileLineAndKey(String content, String said) throws IOException {
    Path file = file(content.replace("\\n", "\n") + "\n");
    String message = refusal(file);
    assertTrue(message.startsWith(file + ", ") && message.contains(said.strip()), message);
  }

  @Test
  void whatIsNoTextOrTooMuchIsRefused() throws IOException {
    Path file = file("title: " + "x".repeat(70_000));
    assertTrue(refusal(file).contains("larger than 65536 bytes"), refusal(file));
    Files.write(file, "title: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(refusal(file).contains("no text in UTF-8"), refusal(file));
    assertThrows(BenchException.class, () -> TitlePageFile.read(directory.resolve("none.yaml")));
  }

  @Test
  void theDateIsWrittenInTheLanguage() {
    LocalDate day = LocalDate.of(2026, 3, 1);
    assertEquals("1 March 2026", TitlePage.NONE.dateOr(day));
    assertEquals("1 mars 2026", new TitlePage(null, "", List.of(), null, Language.FR).dateOr(day));
  }
}
