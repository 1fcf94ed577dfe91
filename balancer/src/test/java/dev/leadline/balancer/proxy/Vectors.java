package dev.leadline.balancer.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the table of vectors. Its own first lines say what a row means. */
final class Vectors {

  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))");

  /**
   * A row.
   *
   * @param expected what has to become of it
   * @param text with the escapes of the table
   */
  record Row(String expected, String text) {
    /** The bytes, one character for each; {@code {}} stands for this path. */
    String bytes(String path) {
      String filled =
          text.replace("{}", path)
              .replace("{31}", "1.1.1.1,".repeat(30))
              .replace("{16}", "1.1.1.1,".repeat(15))
              .replace("{15KB}", "a".repeat(15_000))
              .replace("{16KB}", "a".repeat(16 * 1024));
      return ESCAPE.matcher(filled).replaceAll(match -> Matcher.quoteReplacement(unescaped(match)));
    }

    private static String unescaped(java.util.regex.MatchResult match) {
      String hex = match.group(1) == null ? match.group(2) : match.group(1);
      if (hex != null) {
        String character = Character.toString((char) Integer.parseInt(hex, 16));
        return match.group(1) != null
            ? character
            : new String(character.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      }
      return switch (match.group(3)) {
        case "r" -> "\r";
        case "n" -> "\n";
        case "t" -> "\t";
        case "0" -> "\0";
        default -> match.group(3);
      };
    }
  }

  private Vectors() {}

  /** The rows of a table, by section. */
  static Map<String, List<Row>> read(String file) throws IOException {
    Map<String, List<Row>> sections = new LinkedHashMap<>();
    try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream(file), file)) {
      List<Row> rows = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.startsWith("[")) {
          rows = new ArrayList<>();
          sections.put(line.substring(1, line.length() - 1), rows);
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          int bar = line.indexOf(" | ");
          rows.add(new Row(line.substring(0, bar), line.substring(bar + 3)));
        }
      }
    }
    return sections;
  }
}
