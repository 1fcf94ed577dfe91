package dev.leadline.balancer.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds the word that was probably meant. */
final class Spelling {

  /** One typing mistake for every so many letters may be in a word. */
  private static final int LETTERS_PER_MISTAKE = 3;

  private Spelling() {}

  /** The question whether one of these words was meant, or nothing if none is close. */
  static String suggestion(String word, Collection<String> words) {
    return words.stream()
        .filter(it -> mistakes(word, it) <= Math.max(1, (it.length() + 1) / LETTERS_PER_MISTAKE))
        .min(Comparator.comparingInt(it -> mistakes(word, it)))
        .map(it -> "did you mean '" + it + "'? ")
        .orElse("");
  }

  /**
   * Letters that are missing, too many, wrong, or exchanged with their neighbour, whatever their
   * case (the optimal string alignment distance).
   */
  private static int mistakes(String one, String other) {
    String a = one.toLowerCase(java.util.Locale.ROOT);
    String b = other.toLowerCase(java.util.Locale.ROOT);
    if (Math.abs(a.length() - b.length()) > b.length()) {
      return Integer.MAX_VALUE; // A key can be as long as the file.
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        d[i][j] =
            Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
        boolean exchanged =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (exchanged) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
