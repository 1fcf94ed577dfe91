package dev.leadline.bench.report;

import java.util.ArrayList;
import java.util.List;

/** Text for a terminal of 80 columns: ASCII only, because not every terminal has more. */
final class TerminalText {
  static final int WIDTH = 80;

  private TerminalText() {}

  /** Control characters in the text of a server or a file must not steer the terminal. */
  static String ascii(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }

  /** The lines of a text, broken between words; a word that is too long has a line of its own. */
  static List<String> wrapped(String text, String indent) {
    return wrapped(text, indent, WIDTH);
  }

  /** The same for so many columns. */
  static List<String> wrapped(String text, String indent, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(indent);
    for (String word : ascii(text).split(" ", -1)) {
      if (line.length() > indent.length() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(indent.length());
      }
      line.append(line.length() > indent.length() ? " " : "").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
