package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathPatternTest {

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
  })
  void matchesAsAnApplicationLoadBalancerDoes(String pattern, String path, boolean matches) {
    assertEquals(matches, new PathPattern(pattern).matches(path));
  }

  /** Catches an exponential matcher: a client chooses the path. */
  @Test
  void aLongPathDoesNotTakeLong() {
    PathPattern pattern = new PathPattern("/*a*a*a*a*a*a*b");
    assertTimeout(
        Duration.ofSeconds(2),
        () -> assertEquals(false, pattern.matches("/" + "a".repeat(10_000))));
  }
}
