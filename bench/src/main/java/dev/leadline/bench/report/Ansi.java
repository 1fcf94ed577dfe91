package dev.leadline.bench.report;

/** Emphasis for terminals, or none. */
public enum Ansi {
  COLOURED,
  PLAIN;

  /** As the person wants it: see no-color.org. */
  public static Ansi of(boolean terminal, String noColor, String term) {
    return terminal && noColor.isEmpty() && !term.equals("dumb") ? COLOURED : PLAIN;
  }

  String bold(String text) {
    return wrap("1", text);
  }

  String faint(String text) {
    return wrap("2", text);
  }

  String good(String text) {
    return wrap("32", text);
  }

  String bad(String text) {
    return wrap("31", text);
  }

  private String wrap(String code, String text) {
    return this == PLAIN ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
