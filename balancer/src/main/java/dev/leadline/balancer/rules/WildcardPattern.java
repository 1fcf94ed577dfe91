package dev.leadline.balancer.rules;

import org.jspecify.annotations.Nullable;

/**
 * A pattern in which {@code *} stands for any characters, also none, and {@code ?} for exactly one.
 *
 * <p>A client chooses the text, so the time must not depend on what is in it: all ways to match are
 * followed at once, as the bits of two numbers (the Shift-And algorithm). A text takes a few
 * operations for each of its characters, whatever the pattern is, and no memory. Immutable.
 */
final class WildcardPattern {

  /** Most characters of a pattern, as on an Application Load Balancer: two times 64 bits. */
  static final int MAX_LENGTH = 128;

  private static final int ASCII = 128;

  private final boolean caseCounts;

  /** Without wildcards: the whole text. With one, at the end: how the text begins. Else null. */
  private final @Nullable String literal;

  private final boolean isPrefix;

  /** Characters of the pattern that are not a star. */
  private final int size;

  private final boolean beginsWithStar;

  /** For each ASCII character, the places of the pattern that it fits: two numbers each. */
  private final long[] fitting;

  /** The places that any character fits. */
  private final long[] anyFits = new long[2];

  /** The places that a star follows. */
  private final long[] beforeStar = new long[2];

  /**
   * @param pattern at most {@value #MAX_LENGTH} characters
   * @param escapes whether a backslash takes the meaning from the character after it
   */
  WildcardPattern(String pattern, boolean caseCounts, boolean escapes) {
    if (pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("longer than " + MAX_LENGTH + ": " + pattern);
    }
    this.caseCounts = caseCounts;
    int wildcard = firstWildcard(pattern, escapes);
    isPrefix = wildcard >= 0 && wildcard == pattern.length() - 1 && pattern.endsWith("*");
    literal = wildcard < 0 ? pattern : isPrefix ? pattern.substring(0, wildcard) : null;
    fitting = literal == null ? new long[2 * ASCII] : new long[0];
    int place = 0;
    boolean star = false;
    for (int i = 0; literal == null && i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      boolean escaped = escapes && c == '\\' && i + 1 < pattern.length();
      if (c == '*') {
        star |= place == 0;
        if (place > 0) {
          set(beforeStar, 0, place - 1);
        }
        continue;
      }
      if (c == '?') {
        set(anyFits, 0, place++);
        continue;
      }
      if (escaped) {
        c = pattern.charAt(++i);
      }
      if (c >= ASCII) {
        throw new IllegalArgumentException("not ASCII: " + pattern);
      }
      set(fitting, c, place);
      if (!caseCounts) {
        set(fitting, Character.toLowerCase(c), place);
        set(fitting, Character.toUpperCase(c), place);
      }
      place++;
    }
    for (int c = 0; c < fitting.length; c++) {
      fitting[c] |= anyFits[c & 1];
    }
    size = place;
    beginsWithStar = star;
  }

  private static void set(long[] numbers, int index, int place) {
    numbers[2 * index + place / 64] |= 1L << (place % 64);
  }

  /** Where the first character is that is more than itself; -1 if there is none. */
  private static int firstWildcard(String pattern, boolean escapes) {
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*' || c == '?' || (escapes && c == '\\')) {
        return i;
      }
    }
    return -1;
  }

  boolean matches(String text) {
    return matches(text, 0, text.length());
  }

  /** Whether the pattern matches this part of the text as a whole. */
  boolean matches(String text, int from, int to) {
    if (literal != null) {
      int length = literal.length();
      return (isPrefix ? to - from >= length : to - from == length)
          && (caseCounts
              ? text.startsWith(literal, from)
              : startsWithIgnoringAsciiCase(text, from, literal));
    }
    if (size == 0) {
      return true; // Nothing but stars: the empty pattern is a literal.
    }
    long low = 0;
    long high = 0;
    long begin = 1;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      long fitLow = c < ASCII ? fitting[2 * c] : anyFits[0];
      long fitHigh = c < ASCII ? fitting[2 * c + 1] : anyFits[1];
      long nextHigh = (((high << 1) | (low >>> 63)) & fitHigh) | (high & beforeStar[1]);
      low = (((low << 1) | begin) & fitLow) | (low & beforeStar[0]);
      high = nextHigh;
      begin = beginsWithStar ? 1 : 0;
      if ((low | high | begin) == 0) {
        return false;
      }
    }
    int last = size - 1;
    return ((last < 64 ? low : high) >>> (last % 64) & 1) != 0;
  }

  /** Beyond ASCII no two characters are the same: Java takes the Kelvin sign for a k. */
  private static boolean startsWithIgnoringAsciiCase(String text, int from, String begin) {
    for (int i = 0; i < begin.length(); i++) {
      char c = text.charAt(from + i);
      char expected = begin.charAt(i);
      if (c != expected
          && (c >= ASCII || Character.toLowerCase(c) != Character.toLowerCase(expected))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether one pattern certainly matches whatever another one matches; both without escapes, and
   * case counts.
   */
  static boolean covers(String wide, String narrow) {
    // A star stands for whatever the narrow one has there, wildcards too; a ? only for itself.
    return wide.equals(narrow)
        || (wide.indexOf('?') < 0 && new WildcardPattern(wide, true, false).matches(narrow));
  }

  /** Whether there is a text that both patterns match; both without escapes, and case counts. */
  static boolean overlap(String one, String other) {
    boolean[][] rest = new boolean[one.length() + 1][other.length() + 1];
    for (int i = one.length(); i >= 0; i--) {
      for (int j = other.length(); j >= 0; j--) {
        char a = i < one.length() ? one.charAt(i) : 0;
        char b = j < other.length() ? other.charAt(j) : 0;
        if (a == '*' || b == '*') {
          rest[i][j] = (a != 0 && rest[i + 1][j]) || (b != 0 && rest[i][j + 1]);
        } else if (a == 0 || b == 0) {
          rest[i][j] = a == b;
        } else {
          rest[i][j] = (a == b || a == '?' || b == '?') && rest[i + 1][j + 1];
        }
      }
    }
    return rest[0][0];
  }
}
