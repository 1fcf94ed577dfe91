package dev.leadline.infra;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

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
        .map(it -> "; did you mean \"" + it + "\"?")
        .orElse("");
  }

  /** Letters that are missing, too many or wrong, whatever their case (Levenshtein's distance). */
  private static int mistakes(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      int diagonal = i;
      for (int j = 0; j <= b.length(); j++) {
        int above = row[j];
        if (i == 0 || j == 0) {
          row[j] = i + j;
        } else {
          int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
          row[j] = Math.min(replaced, Math.min(above, row[j - 1]) + 1);
        }
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
