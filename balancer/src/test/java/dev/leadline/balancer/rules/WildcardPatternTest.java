package dev.leadline.balancer.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WildcardPatternTest {

  @ParameterizedTest
  @CsvSource({
    "/a, /a, true",
    "/a, /A, false",
    "/a, /a/, false",
    "/a/*, /a/, true",
    "/a/*, /a/b/c, true",
    "/a/*, /a, false",
    "/a/*, /ab, false",
    "*, /, true",
    "*, '', true",
    "*, /a/b, true",
    "/?, /a, true",
    "/?, /, false",
    "/?, /ab, false",
    "/a*c, /abbbc, true",
    "/a*c, /ac, true",
    "/a*c, /abd, false",
    "/*/b/*, /a/b/c, true",
    "/*/b/*, /a/c/b, false",
    "/*.js, /a.js.js, true",
    "/**, /a, true",
    "/a.c, /abc, false",
    "**?, '', false",
    "*?*, é, true",
  })
  void matchesAsAnApplicationLoadBalancerDoes(String pattern, String text, boolean matches) {
    assertEquals(matches, new WildcardPattern(pattern, true, false).matches(text));
  }

  /** Random patterns and texts of few characters, so that many match; both halves of the bits. */
  @Test
  void decidesAsARegularExpressionDoes() {
    SplittableRandom random = new SplittableRandom(1);
    int matching = 0;
    for (int i = 0; i < 20_000; i++) {
      String pattern = text(random, "ab*?", random.nextInt(8));
      String text = text(random, "ab", random.nextInt(10));
      if (i % 2 == 0) {
        String long64 = "ab".repeat(30 + random.nextInt(4));
        pattern = long64.length() + pattern.length() > 128 ? pattern : long64 + pattern;
        text = long64 + text;
      }
      Pattern same = Pattern.compile(pattern.replace("*", ".*").replace("?", "."));
      boolean expected = same.matcher(text).matches();
      matching += expected ? 1 : 0;
      assertEquals(
          expected,
          new WildcardPattern(pattern, true, false).matches(text),
          pattern + " and " + text);
    }
    assertEquals(true, matching > 2000 && matching < 18_000, "both happen: " + matching);
  }

  private static String text(SplittableRandom random, String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** A client chooses the text: 100 of the longest one with the worst patterns there can be. */
  @Test
  void theTimeDoesNotDependOnWhatTheTextIs() {
    String hostile = "/" + "a".repeat(16_000);
    WildcardPattern many = new WildcardPattern("/" + "*a".repeat(60) + "*b", true, false);
    WildcardPattern wide = new WildcardPattern("*" + "a".repeat(120) + "b", true, false);
    assertTimeout(
        Duration.ofSeconds(2),
        () -> {
          for (int i = 0; i < 100; i++) {
            assertEquals(false, many.matches(hostile));
            assertEquals(false, wide.matches(hostile));
          }
        });
  }
}
