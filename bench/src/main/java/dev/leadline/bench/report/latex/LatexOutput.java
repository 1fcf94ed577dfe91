package dev.leadline.bench.report.latex;

import gg.jte.TemplateOutput;

/**
 * Escapes what a template inserts, and leaves the template itself alone: in LaTeX, as in HTML, a
 * value must not be able to say anything to the compiler.
 */
public final class LatexOutput implements TemplateOutput {
  private final StringBuilder out = new StringBuilder();

  @Override
  public void writeContent(String value) {
    out.append(value);
  }

  @Override
  public void writeContent(String value, int beginIndex, int endIndex) {
    out.append(value, beginIndex, endIndex);
  }

  @Override
  public void writeUserContent(String value) {
    out.append(escape(value));
  }

  @Override
  public String toString() {
    return out.toString();
  }

  /**
   * Text as LaTeX sets it. What pdflatex's standard fonts lack becomes a question mark: a report
   * with one is better than one that does not compile.
   */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(character -> escaped.append(escape(character)));
    return escaped.toString();
  }

  private static String escape(int character) {
    return switch (character) {
      case '\\' -> "\\textbackslash{}";
      case '{', '}', '$', '&', '#', '_', '%' -> "\\" + (char) character;
      case '~' -> "\\textasciitilde{}";
      case '^' -> "\\textasciicircum{}";
      case '<' -> "\\textless{}";
      case '>' -> "\\textgreater{}";
      case '|' -> "\\textbar{}";
      case '"' -> "\\textquotedbl{}";
      // Braces keep ligatures apart: -- would become a dash, `` and '' quotation marks, ?` a sign.
      case '-', '`', '\'', '?', '!', ',' -> "{" + (char) character + "}";
      case '[', ']' -> "{" + (char) character + "}"; // or it ends an optional argument
      case '\u2013', '\u2014' -> "--";
      case '\u2018', '\u2019' -> "'";
      case '\u201c' -> "``";
      case '\u201d' -> "''";
      case '\u2026' -> "\\ldots{}";
      case '\u0153' -> "\\oe{}";
      case '\u0152' -> "\\OE{}";
      case '\u202f' -> "\\,"; // between the thousands in French
      case '\u00a0', '\t', '\n', '\r' -> " ";
      case '\u00d7' -> "$\\times$";
      case '\u00b5', '\u03bc' -> "$\\mu$";
      case '\u00b0' -> "$^\\circ$";
      case '\u00b1' -> "$\\pm$";
      case '\u2264' -> "$\\le$";
      case '\u2265' -> "$\\ge$";
      default -> isPlain(character) ? Character.toString(character) : "{?}";
    };
  }

  /** ASCII, and the accented letters of Western Europe, which inputenc composes. */
  private static boolean isPlain(int character) {
    boolean ascii = character >= ' ' && character < 0x7f;
    boolean accented =
        character >= 0xc0
            && character <= 0xff
            && character != 0xd7
            && character != 0xf7
            && character != 0xd0
            && character != 0xf0
            && character != 0xde
            && character != 0xfe;
    return ascii || accented;
  }
}
