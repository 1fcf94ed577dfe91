package dev.leadline.infra;

import dev.leadline.infra.ListenerRule.Conditions;
import dev.leadline.infra.ListenerRule.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Refuses redirects that certainly lead back to their own rule for ever: our balancer would not
 * start with them, and an Application Load Balancer refuses those to the URL of the request.
 */
final class RedirectLoops {
  private static final Pattern WORD = Pattern.compile("#\\{\\w+\\}");

  /** What is a wildcard in a pattern, or what makes a URL's path another one when it is read. */
  private static final Pattern NOT_PLAIN = Pattern.compile("[*%;]|//|/\\.{1,2}(/|$)");

  private static final Conditions NONE =
      new Conditions(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private final List<Listener> spoken;

  private RedirectLoops(List<Listener> spoken) {
    this.spoken = spoken;
  }

  /**
   * @param spoken how the balancers are spoken to
   */
  static void check(Context topology, Topology read, List<Listener> spoken) {
    RedirectLoops loops = new RedirectLoops(spoken);
    List<Conditions> earlier = new ArrayList<>();
    for (int i = 0; i < read.rules().size(); i++) {
      ListenerRule rule = read.rules().get(i);
      if (rule.action() instanceof Redirect to && loops.isLoop(rule.when(), to, earlier)) {
        throw problem(topology.optionalObjects("rules").get(i), to);
      }
      earlier.add(rule.when());
    }
    read.paths().forEach(path -> earlier.add(paths(Topology.patternsOf(path))));
    if (read.defaultAction().orElse(null) instanceof Redirect to
        && loops.isLoop(NONE, to, earlier)) {
      throw problem(topology.object("defaultAction"), to);
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
                : "leads to a URL that the same rule redirects again, for ever; allowed: a path that"
                    + " it does not match or that an earlier rule matches, or another protocol, host"
                    + " or port");
  }

  private boolean isLoop(Conditions when, Redirect to, List<Conditions> earlier) {
    return spoken.stream().anyMatch(it -> leadsBackTo(it, to))
        && (isTheRequests(to.host(), "#{host}")
            || (!when.hosts().isEmpty()
                && when.hosts().stream().allMatch(to.host().orElse("")::equalsIgnoreCase)))
        && (isTheRequests(to.path(), "/#{path}") || meetsAgain(when, to, earlier));
  }

  private static boolean leadsBackTo(Listener listener, Redirect to) {
    return (isTheRequests(to.protocol(), "#{protocol}")
            || to.protocol().orElse("").equals(listener.scheme()))
        && (isTheRequests(to.port(), "#{port}")
            || to.port().orElse("").equals(Integer.toString(listener.port())));
  }

  private static boolean isTheRequests(Optional<String> part, String word) {
    return part.orElse(word).equals(word);
  }

  /** Whether every new path matches this rule and no earlier one; the rest stays the same. */
  private static boolean meetsAgain(Conditions when, Redirect to, List<Conditions> earlier) {
    String given = to.path().orElseThrow();
    String path = WORD.matcher(given).replaceAll("*");
    return !NOT_PLAIN.matcher(WORD.matcher(given).replaceAll("x")).find()
        // A client repeats the request as a GET.
        && (when.methods().isEmpty() || when.methods().contains("GET"))
        && (when.query().isEmpty() || isTheRequests(to.query(), "#{query}"))
        && (when.paths().isEmpty() || when.paths().stream().anyMatch(it -> covers(it, path)))
        && earlier.stream()
            .noneMatch(
                it ->
                    it.paths().isEmpty()
                        || it.paths().stream().anyMatch(pattern -> overlap(pattern, path)));
  }

  /** Whether a pattern certainly matches whatever another one does, which has no {@code ?}. */
  private static boolean covers(String wide, String narrow) {
    return wide.indexOf('?') < 0 && narrow.matches("\\Q" + wide.replace("*", "\\E.*\\Q") + "\\E");
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
