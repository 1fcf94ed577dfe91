package dev.leadline.infra;

import dev.leadline.infra.ListenerRule.Conditions;
import dev.leadline.infra.ListenerRule.Forward;
import dev.leadline.infra.ListenerRule.Redirect;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/**
 * Refuses redirects that certainly lead back to their own rule for ever, at once or over other
 * redirects: our balancer would not start with them, and an Application Load Balancer refuses those
 * to the URL of the request.
 */
final class RedirectLoops {
  private static final int NO_RULE = -1;

  private static final Pattern WORD = Pattern.compile("#\\{\\w+\\}");

  /** What is a wildcard in a pattern, or what makes a URL's path another one when it is read. */
  private static final Pattern NOT_PLAIN = Pattern.compile("[*?%;]|//|/\\.{1,2}(/|$)");

  /** The clusters' own paths, as rules: what matters is only that they are no redirects. */
  private static final Forward NO_REDIRECT = new Forward(Map.of());

  private final List<ListenerRule> rules;
  private final Listener listener;

  /**
   * @param rules all of a listener, the default action as the last one
   */
  private RedirectLoops(List<ListenerRule> rules, Listener listener) {
    this.rules = rules;
    this.listener = listener;
  }

  /**
   * @param spoken how the balancers are spoken to
   */
  static void check(Context topology, Topology read, List<Listener> spoken) {
    List<ListenerRule> rules = new ArrayList<>(read.rules());
    for (String path : read.paths()) {
      rules.add(new ListenerRule(Optional.empty(), paths(Topology.patternsOf(path)), NO_REDIRECT));
    }
    rules.add(
        new ListenerRule(
            Optional.empty(), paths(List.of()), read.defaultAction().orElse(NO_REDIRECT)));
    for (Listener listener : spoken) {
      RedirectLoops loops = new RedirectLoops(rules, listener);
      for (int i = 0; i < rules.size(); i++) {
        if (loops.isLoop(i)) {
          boolean isLast = i == rules.size() - 1;
          throw problem(
              isLast ? topology.object("defaultAction") : topology.optionalObjects("rules").get(i),
              (Redirect) rules.get(i).action());
        }
      }
    }
  }

  private static Conditions paths(List<String> patterns) {
    return new Conditions(patterns, List.of(), List.of(), List.of(), List.of(), List.of());
  }

  private static ConfigurationException problem(Context rule, Redirect to) {
    return rule.object("redirect")
        .problem(
            isTheRequests(to.path(), "/#{path}")
                ? "leads to the URL it came from; allowed: another protocol, host, port or path"
                : "leads to a URL that is redirected back to this rule, for ever; allowed: a path"
                    + " that an earlier rule matches or that leads elsewhere, or another protocol,"
                    + " host or port");
  }

  /** Whether each new URL certainly meets the next rule, and the last one the first again. */
  private boolean isLoop(int first) {
    int at = first;
    Conditions request = rules.get(first).when();
    for (int i = 0; i < rules.size(); i++) {
      if (!(rules.get(at).action() instanceof Redirect to) || !staysHere(request, to)) {
        return false;
      }
      if (isTheRequests(to.path(), "/#{path}")) {
        return at == first; // The same URL meets the same rule.
      }
      String given = to.path().orElseThrow();
      if (NOT_PLAIN.matcher(WORD.matcher(given).replaceAll("x")).find()) {
        return false;
      }
      request = next(request, WORD.matcher(given).replaceAll("*"), to);
      at = certainlyMet(request);
      if (at == NO_RULE || at == first) {
        return at == first;
      }
    }
    return false; // The loop is one of others.
  }

  /** Whether the new URL is one of this listener. */
  private boolean staysHere(Conditions request, Redirect to) {
    return isSame(to.protocol(), "#{protocol}", listener.scheme())
        && isSame(to.port(), "#{port}", Integer.toString(listener.port()))
        && (isTheRequests(to.host(), "#{host}")
            || (!request.hosts().isEmpty()
                && request.hosts().stream().allMatch(to.host().orElseThrow()::equalsIgnoreCase)));
  }

  private static boolean isSame(Optional<String> part, String word, String value) {
    return isTheRequests(part, word) || part.orElseThrow().equals(value);
  }

  private static boolean isTheRequests(Optional<String> part, String word) {
    return part.orElse(word).equals(word);
  }

  /** What a client's request for the new URL fulfils: it repeats the former one as a GET. */
  private static Conditions next(Conditions request, String path, Redirect to) {
    return new Conditions(
        List.of(path),
        request.hosts(),
        List.of("GET"),
        request.headers(),
        isTheRequests(to.query(), "#{query}") ? request.query() : List.of(),
        request.sources());
  }

  /** The first rule that such requests may meet, if all of them meet it. */
  private int certainlyMet(Conditions request) {
    String path = request.paths().get(0);
    for (int i = 0; i < rules.size(); i++) {
      Conditions when = rules.get(i).when();
      if (covers(when, request)) {
        return i;
      }
      if (when.paths().isEmpty() || when.paths().stream().anyMatch(it -> overlap(it, path))) {
        return NO_RULE;
      }
    }
    return NO_RULE;
  }

  /** Whether all requests that fulfil the later conditions certainly fulfil the earlier ones. */
  private static boolean covers(Conditions early, Conditions late) {
    return covers(early.paths(), late.paths(), RedirectLoops::coversText)
        && covers(early.hosts(), late.hosts(), RedirectLoops::coversHost)
        && covers(early.methods(), late.methods(), String::equals)
        && covers(early.sources(), late.sources(), RedirectLoops::coversBlock)
        && late.headers().containsAll(early.headers())
        && late.query().containsAll(early.query());
  }

  private static boolean covers(
      List<String> early, List<String> late, BiPredicate<String, String> covers) {
    return early.isEmpty()
        || (!late.isEmpty()
            && late.stream().allMatch(it -> early.stream().anyMatch(e -> covers.test(e, it))));
  }

  private static boolean coversHost(String wide, String narrow) {
    return coversText(wide.toLowerCase(Locale.ROOT), narrow.toLowerCase(Locale.ROOT));
  }

  /** Whether a pattern certainly matches whatever another one does. */
  private static boolean coversText(String wide, String narrow) {
    return wide.equals(narrow)
        || (wide.indexOf('?') < 0 && narrow.matches("\\Q" + wide.replace("*", "\\E.*\\Q") + "\\E"));
  }

  private static boolean coversBlock(String wide, String narrow) {
    byte[] one = address(wide);
    byte[] other = address(narrow);
    int behind = one.length * 8 - prefix(wide);
    return one.length == other.length
        && prefix(wide) <= prefix(narrow)
        && new BigInteger(1, one).xor(new BigInteger(1, other)).bitLength() <= behind;
  }

  private static byte[] address(String block) {
    try {
      return InetAddress.getByName(block.substring(0, block.indexOf('/'))).getAddress();
    } catch (UnknownHostException isNoName) {
      throw new IllegalArgumentException(block, isNoName);
    }
  }

  private static int prefix(String block) {
    return Integer.parseInt(block.substring(block.indexOf('/') + 1));
  }

  /** Whether there is a text that both patterns match. */
  private static boolean overlap(String one, String other) {
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
          rest[i][j] = (a == b || a == '?') && rest[i + 1][j + 1];
        }
      }
    }
    return rest[0][0];
  }
}
