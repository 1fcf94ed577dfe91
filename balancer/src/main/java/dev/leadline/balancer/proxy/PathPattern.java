package dev.leadline.balancer.proxy;

/**
 * A path pattern of a rule, as on an Application Load Balancer: {@code *} stands for any
 * characters, also none, {@code ?} for exactly one; case counts; the query is not looked at.
 */
final class PathPattern {

  private final String pattern;
  private final boolean literal;

  PathPattern(String pattern) {
    this.pattern = pattern;
    literal = pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
  }

  /** Whether the pattern matches the whole path. Linear in practice; never recursive. */
  boolean matches(String path) {
    if (literal) {
      return pattern.equals(path);
    }
    int at = 0;
    int in = 0;
    int star = -1;
    int starAt = 0;
    while (at < path.length()) {
      if (in < pattern.length() && pattern.charAt(in) == '*') {
        star = in++;
        starAt = at;
      } else if (in < pattern.length()
          && (pattern.charAt(in) == '?' || pattern.charAt(in) == path.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        // Mismatch: let the last star swallow one character more.
        in = star + 1;
        at = ++starAt;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }
}
