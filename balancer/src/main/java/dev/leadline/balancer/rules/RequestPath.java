package dev.leadline.balancer.rules;

import dev.leadline.balancer.observe.EndReason;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request as rules see it: normalised, so that all ways to write one path meet the
 * same rule. Where servers are known to read a path in two ways, there are two readings. {@code
 * docs/rules.md} has the details.
 *
 * <p>It is filled again for each request, and costs an ordinary one nothing but a look at each
 * character. Not thread-safe.
 */
public final class RequestPath {

  private String text = "";
  private int end;
  private @Nullable String other;
  private @Nullable EndReason problem;

  /** Reads the target of a request: a path, with or without a query. */
  void read(String target) {
    text = target;
    other = null;
    problem = null;
    boolean ordinary = true;
    char before = 0;
    int i = 0;
    for (; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '?') {
        break;
      }
      if (c == '%' || c == ';' || c == '\\' || (before == '/' && (c == '/' || c == '.'))) {
        ordinary = false;
      }
      before = c;
    }
    end = i;
    if (!ordinary) {
      new Reading(target, end).into(this);
    }
  }

  /** Holds the path, from its first character to {@link #end}. */
  String text() {
    return text;
  }

  /** Where the path ends in {@link #text}. */
  int end() {
    return end;
  }

  /** The same path as other servers read it; null if all read it the same way. */
  @Nullable String other() {
    return other;
  }

  /**
   * Why the request has to be refused: it is malformed, or it has so many readings that it must not
   * be compared with rules. Null if it need not be.
   */
  @Nullable EndReason problem() {
    return problem;
  }

  /** Whether a path can be found to which this pattern fits: it has to be normalised itself. */
  public static boolean isUsable(String pattern) {
    // In a pattern ? is a wildcard, and in a path it would begin the query.
    String probe = (pattern.startsWith("/") ? "" : "/") + pattern.replace('?', '*');
    RequestPath path = new RequestPath();
    path.read(probe);
    return path.problem == null
        && path.other == null
        && path.text.substring(0, path.end).equals(probe);
  }

  /** A close look at a path that has something special. */
  private static final class Reading {
    private static final String STAYS_ENCODED = "%?#;";

    private final String raw;
    private final int end;
    private boolean malformed;

    /** Something that servers read in different ways. */
    private boolean special;

    private boolean climbs;
    private boolean aboveRoot;

    Reading(String raw, int end) {
      this.raw = raw;
      this.end = end;
    }

    void into(RequestPath path) {
      String strict = decode(false);
      String loose = withoutParameters(decode(true));
      if (malformed) {
        path.problem = EndReason.PATH_ESCAPE;
        return;
      }
      String normal = normal(strict);
      String otherwise = normal(loose);
      if (aboveRoot || (climbs && special)) {
        // Where it ends depends on what a server decodes, and on what it takes for a slash.
        path.problem = EndReason.PATH_AMBIGUOUS;
        return;
      }
      path.text = normal;
      path.end = normal.length();
      String second = climbs ? strict : otherwise;
      path.other = second.equals(normal) ? null : second;
    }

    /**
     * Decodes characters that mean the same whether they are encoded or not.
     *
     * @param loosely takes for a slash whatever some servers take for one
     */
    private String decode(boolean loosely) {
      StringBuilder decoded = new StringBuilder(end);
      for (int i = 0; i < end; i++) {
        char c = raw.charAt(i);
        boolean encoded = c == '%';
        if (encoded) {
          int high = i + 2 < end ? Character.digit(raw.charAt(i + 1), 16) : -1;
          int low = i + 2 < end ? Character.digit(raw.charAt(i + 2), 16) : -1;
          c = (char) (high * 16 + low);
          malformed |= high < 0 || low < 0 || c == 0;
          i += 2;
        }
        boolean slash = c == '/' || c == '\\';
        boolean repeated = c == '/' && i > 0 && raw.charAt(i - 1) == '/';
        special |= repeated || c == ';' || c == '\\' || (encoded && (slash || c == '.'));
        if (loosely && (slash || c == ';')) {
          decoded.append(slash ? '/' : c);
        } else if (encoded && (slash || c <= ' ' || c > '~' || STAYS_ENCODED.indexOf(c) >= 0)) {
          decoded.append('%').append(hex(c >> 4)).append(hex(c));
        } else {
          decoded.append(c);
        }
      }
      return decoded.toString();
    }

    private static char hex(int digit) {
      return "0123456789ABCDEF".charAt(digit & 15);
    }

    private static String withoutParameters(String path) {
      if (path.indexOf(';') < 0) {
        return path;
      }
      StringBuilder kept = new StringBuilder();
      boolean parameter = false;
      for (int i = 0; i < path.length(); i++) {
        char c = path.charAt(i);
        parameter = c == ';' || (parameter && c != '/');
        if (!parameter) {
          kept.append(c);
        }
      }
      return kept.toString();
    }

    /** Without empty and dot segments; a slash at the end stays. */
    private String normal(String path) {
      StringBuilder normal = new StringBuilder();
      int from = 1;
      boolean slashAtEnd = false;
      while (from <= path.length()) {
        int slash = path.indexOf('/', from);
        int to = slash < 0 ? path.length() : slash;
        String segment = path.substring(from, to);
        slashAtEnd = true;
        if (segment.equals("..")) {
          climbs = true;
          aboveRoot |= normal.length() == 0;
          normal.setLength(Math.max(0, normal.lastIndexOf("/")));
        } else if (!segment.isEmpty() && !segment.equals(".")) {
          normal.append('/').append(segment);
          slashAtEnd = false;
        }
        from = to + 1;
      }
      return slashAtEnd ? normal.append('/').toString() : normal.toString();
    }
  }
}
