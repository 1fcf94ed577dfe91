package dev.leadline.bench.report.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The texts of fr.yaml against those that stand in the sources. */
final class FrenchTest {
  private static final Path MAIN = Path.of("src/main");
  private static final Path CODE = MAIN.resolve("java/dev/leadline/bench");
  private static final Path TEMPLATES = MAIN.resolve("jte");

  /** What writes the notes of a lab, which a report repeats. */
  private static final List<Path> NOTES =
      List.of(
          Path.of("../emulator/__main__.py"),
          Path.of("../lab/running/labfile.py"),
          Path.of("../lab/running/load_generator.py"));

  /** Of the package that makes reports: what makes none that is translated. */
  private static final Set<String> UNTRANSLATED =
      Set.of(
          "Ansi.java",
          "ComparisonReport.java",
          "HistogramLogs.java",
          "HtmlReport.java",
          "LatexReport.java",
          "ReportFiles.java",
          "ReportFormat.java",
          "SvgImage.java",
          "TerminalReport.java",
          "TerminalText.java",
          "TextTable.java");

  /** Of other packages: what writes sentences that a report repeats. */
  private static final List<String> QUOTED =
      List.of(
          "ProxyVariables.java",
          "cloudwatch/IdleMinuteWait.java",
          "cloudwatch/SettledMetricsReader.java",
          "disturb/Disturbance.java",
          "disturb/Disturber.java",
          "load/SelfAudit.java",
          "plan/Cell.java",
          "plan/Load.java",
          "run/PlanRunner.java",
          "stats/Knee.java");

  /** States that come from AWS, or from a name in the code, and not from a text. */
  private static final Set<String> NAMES = Set.of("unhealthy", "running");

  private static final String VALUE = "\u0001";
  private static final Pattern FORMAT = Pattern.compile("%[-+,0-9.]*[a-zA-Z]");
  private static final Pattern TOKEN =
      Pattern.compile(
          "\"((?:\\\\.|[^\"\\\\\n])*+)\"|'(?:\\\\.|[^'\\\\])++'|//[^\n]*+|/\\*.*?\\*/",
          Pattern.DOTALL);
  private static final Pattern OF_TEMPLATE =
      Pattern.compile("t\\.text\\([^\"()]*(?:\\(\\)[^\"()]*)*\"((?:\\\\.|[^\"\\\\])*+)\"");
  private static final Pattern COLUMN =
      Pattern.compile("Column\\.\\w+\\(\\s*(?:Cell\\.of\\()?\"([^\"]+)\"");
  private static final Pattern SAME_IN_FRENCH = Pattern.compile("p\\d+|max");
  private static final Pattern PROSE = Pattern.compile("[a-z]{2,} [a-z]{2,}");
  private static final Pattern CODED = Pattern.compile("[<=\\\\{]|/proc");

  /** Of the style sheet: {@code curve light dashed}. */
  private static final Pattern CLASSES =
      Pattern.compile(
          "(?:(?:curve|light|dashed|thin|tick|middle|end|small|fill|failed|k\\d|even|label|s) ?)+");

  /** What a terminal or an error says. */
  private static final Pattern NOT_IN_REPORTS = Pattern.compile("progress\\.|Exception[.(]");

  private static Set<String> entries = Set.of();
  private static String partsOfEntries = "";

  /**
   * A text of the code, with {@link #VALUE} where values stand.
   *
   * @param before the statement up to it
   */
  private record Literal(String text, String before) {}

  @BeforeAll
  static void readEntries() throws IOException {
    Map<?, ?> french =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(
                Files.readString(
                    MAIN.resolve("resources/dev/leadline/bench/report/language/fr.yaml")));
    Set<String> keys = new TreeSet<>();
    french.keySet().forEach(key -> keys.add(key.toString()));
    entries = keys;
    partsOfEntries = String.join("\n", keys.stream().flatMap(key -> parts(key).stream()).toList());
  }

  private static List<Path> files(Path below, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** Texts that plus signs put together are one. */
  private static List<Literal> literals(String source) {
    List<Literal> literals = new ArrayList<>();
    int end = 0;
    Matcher token = TOKEN.matcher(source);
    while (token.find()) {
      if (token.group(1) == null) {
        continue;
      }
      String text = text(token.group(1));
      String between = source.substring(end, token.start()).strip();
      if (between.equals("+") && !literals.isEmpty()) {
        Literal begun = literals.remove(literals.size() - 1);
        literals.add(new Literal(begun.text() + text, begun.before()));
      } else {
        String before = source.substring(Math.max(0, token.start() - 400), token.start());
        int statement =
            Math.max(
                before.lastIndexOf(";\n"),
                Math.max(before.lastIndexOf("{\n"), before.lastIndexOf("}\n")));
        literals.add(new Literal(text, before.substring(statement + 1)));
      }
      end = token.end();
    }
    return literals;
  }

  private static String text(String literal) {
    return FORMAT
        .matcher(literal.replace("%%", "\u0002"))
        .replaceAll(VALUE)
        .replace('\u0002', '%')
        .replace("\\n", "\n")
        .replace("\\\"", "\"");
  }

  private static List<String> ofTemplate(Path template) throws IOException {
    return OF_TEMPLATE
        .matcher(Files.readString(template))
        .results()
        .map(found -> text(found.group(1)))
        .toList();
  }

  /** Without what a text may begin or end with, and in small letters: it may begin a sentence. */
  private static String bare(String text) {
    return text.replaceAll("^[\\s.,;:?!()%]+|[\\s.,;:?!()%]+$", "").toLowerCase(Locale.ROOT);
  }

  private static List<String> parts(String entry) {
    return Stream.of(entry.split("\\{#?\\d}", -1))
        .map(FrenchTest::bare)
        .filter(part -> part.matches("(?s).*[a-z].*"))
        .toList();
  }

  /** Fails for an entry whose text was changed, or went away, in the code. */
  @Test
  void everyEntryIsUsed() throws IOException {
    Set<String> texts = new HashSet<>();
    for (Path file : files(CODE, ".java")) {
      literals(Files.readString(file)).forEach(literal -> texts.add(literal.text()));
    }
    for (Path template : files(TEMPLATES, ".jte")) {
      texts.addAll(ofTemplate(template));
    }
    for (Path notes : NOTES) {
      texts.add(
          Files.readString(notes)
              .replaceAll("\"\\s*\n\\s*f?\"", "")
              .replaceAll("\\{[^}\n]*}", VALUE));
    }
    String all = String.join("\u0002", texts).toLowerCase(Locale.ROOT);
    Set<String> pieces = new HashSet<>();
    for (String piece : all.split("[\u0001\u0002]", -1)) {
      pieces.add(piece.strip());
    }
    List<String> unused =
        entries.stream()
            .filter(
                entry ->
                    parts(entry).stream()
                        .anyMatch(
                            part ->
                                !NAMES.contains(part)
                                    && !all.contains(part)
                                    && !isComposed(part, pieces)))
            .toList();

    assertTrue(texts.size() > 1000, "texts: " + texts.size());
    assertEquals(List.of(), unused, "no text of the code is like these: delete or correct them");
  }

  /** Whether a text is the end of a piece, whole ones, and the beginning of another. */
  private static boolean isComposed(String text, Set<String> pieces) {
    return cuts(text)
        .anyMatch(
            cut -> {
              String first = text.substring(0, cut).strip();
              return pieces.stream().anyMatch(piece -> piece.endsWith(first))
                  && goesOn(text.substring(cut).strip(), pieces);
            });
  }

  private static boolean goesOn(String text, Set<String> pieces) {
    return pieces.stream().anyMatch(piece -> piece.startsWith(text))
        || cuts(text)
            .anyMatch(
                cut ->
                    pieces.contains(text.substring(0, cut).strip())
                        && goesOn(text.substring(cut).strip(), pieces));
  }

  /** Between words only. */
  private static Stream<Integer> cuts(String text) {
    return Stream.iterate(1, cut -> cut < text.length(), cut -> cut + 1)
        .filter(
            cut ->
                !Character.isLetterOrDigit(text.charAt(cut - 1))
                    || !Character.isLetterOrDigit(text.charAt(cut)));
  }

  /** Fails for a sentence that was added to a report, or changed, and not to fr.yaml. */
  @Test
  void everySentenceOfAReportHasAnEntry() throws IOException {
    List<Path> speaking = new ArrayList<>();
    for (Path file : files(CODE.resolve("report"), ".java")) {
      String name = CODE.resolve("report").relativize(file).toString().replace("chart/", "");
      if (!name.contains("/") && !UNTRANSLATED.contains(name)) {
        speaking.add(file);
      }
    }
    QUOTED.forEach(name -> speaking.add(CODE.resolve(name)));
    Set<String> missing = new TreeSet<>();
    for (Path file : speaking) {
      String source = Files.readString(file);
      literals(source).stream()
          .filter(literal -> !NOT_IN_REPORTS.matcher(literal.before()).find())
          .forEach(literal -> missing.addAll(untranslated(literal.text())));
      COLUMN
          .matcher(source)
          .results()
          .map(found -> found.group(1))
          .filter(header -> !SAME_IN_FRENCH.matcher(header).matches())
          .filter(header -> !entries.contains(header))
          .forEach(missing::add);
    }
    for (Path template : files(TEMPLATES, ".jte")) {
      ofTemplate(template).forEach(text -> missing.addAll(untranslated(text)));
    }
    assertEquals(Set.of(), missing, "add these to fr.yaml");
  }

  private static List<String> untranslated(String text) {
    return Pattern.compile(VALUE + "|(?<=[.?!;])\\s+|\n")
        .splitAsStream(text)
        .map(FrenchTest::bare)
        .filter(piece -> PROSE.matcher(piece).find())
        .filter(piece -> !CODED.matcher(piece).find() && !CLASSES.matcher(piece).matches())
        .filter(
            piece ->
                !hasEntry(piece)
                    && !Stream.of(piece.split(", ", -1))
                        .map(FrenchTest::bare)
                        .allMatch(FrenchTest::hasEntry))
        .toList();
  }

  private static boolean hasEntry(String piece) {
    return partsOfEntries.contains(piece);
  }
}
