package dev.leadline.balancer.rules;

import dev.leadline.balancer.rules.Action.Redirect;
import dev.leadline.balancer.rules.Rule.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds redirects that never end: the new URL certainly meets the same rule again. */
public final class RedirectLoops {

  /** The place of the default action in a list of indexes. */
  public static final int FALLBACK = -1;

  private static final Pattern WORD = Pattern.compile("#\\{\\w+\\}");

  /** What is a wildcard in a pattern, or what makes a URL's path another one when it is read. */
  private static final Pattern NOT_PLAIN = Pattern.compile("[*?%#\\\\;]");

  private static final RedirectLocation SAME = RedirectLocation.SAME;

  private final Rules rules;
  private final String protocol;
  private final String port;

  private RedirectLoops(Rules rules, String protocol, String port) {
    this.rules = rules;
    this.protocol = protocol;
    this.port = port;
  }

  /**
   * The indexes of all rules that are such a redirect, from 0 on; {@link #FALLBACK} for the default
   * action. A redirect from one rule to another one and back is not found.
   *
   * @param protocol of the listener, {@code http} or {@code https}
   * @param port of the listener
   */
  public static List<Integer> in(Rules rules, String protocol, int port) {
    RedirectLoops loops = new RedirectLoops(rules, protocol, Integer.toString(port));
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < rules.list().size(); i++) {
      Rule rule = rules.list().get(i);
      if (rule.action() instanceof Redirect to && loops.isLoop(rule.when(), to.location(), i)) {
        found.add(i);
      }
    }
    Conditions none =
        new Conditions(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
    if (rules.fallback() instanceof Redirect to
        && loops.isLoop(none, to.location(), rules.list().size())) {
      found.add(FALLBACK);
    }
    return found;
  }

  /**
   * @param before how many rules are tried before this one
   */
  private boolean isLoop(Conditions when, RedirectLocation to, int before) {
    return isSame(to.protocol(), SAME.protocol(), protocol)
        && isSame(to.port(), SAME.port(), port)
        && (to.host().equals(SAME.host()) || isOnly(when.hosts(), to.host()))
        && (to.path().equals(SAME.path()) || meetsAgain(when, to, before));
  }

  private static boolean isSame(String part, String word, String value) {
    return part.equals(word) || part.equals(value);
  }

  private static boolean isOnly(List<String> hosts, String host) {
    return !hosts.isEmpty() && hosts.stream().allMatch(host::equalsIgnoreCase);
  }

  /** Whether every new path matches this rule, and no earlier one; the rest stays the same. */
  private boolean meetsAgain(Conditions when, RedirectLocation to, int before) {
    String path = WORD.matcher(to.path()).replaceAll("*");
    return !NOT_PLAIN.matcher(WORD.matcher(to.path()).replaceAll("")).find()
        && RequestPath.isUsable(path)
        // A client repeats the request as a GET.
        && (when.methods().isEmpty() || when.methods().contains("GET"))
        && (when.query().isEmpty() || to.query().equals(SAME.query()))
        && (when.paths().isEmpty()
            || when.paths().stream().anyMatch(it -> WildcardPattern.covers(it, path)))
        && rules.list().subList(0, before).stream().noneMatch(it -> mayMatch(it.when(), path));
  }

  private static boolean mayMatch(Conditions when, String path) {
    return when.paths().isEmpty()
        || when.paths().stream().anyMatch(it -> WildcardPattern.overlap(it, path));
  }
}
