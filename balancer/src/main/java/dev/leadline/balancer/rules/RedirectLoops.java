package dev.leadline.balancer.rules;

import dev.leadline.balancer.rules.Action.Redirect;
import dev.leadline.balancer.rules.Rule.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds redirects that never end: the new URL certainly leads back to the same rule. */
public final class RedirectLoops {

  /** The place of the default action in a list of indexes. */
  public static final int FALLBACK = -1;

  private static final int NO_RULE = -1;

  private static final Pattern WORD = Pattern.compile("#\\{\\w+\\}");

  /** What is a wildcard in a pattern, or what makes a URL's path another one when it is read. */
  private static final Pattern NOT_PLAIN = Pattern.compile("[*?%#\\\\;]");

  private static final RedirectLocation SAME = RedirectLocation.SAME;

  private static final Conditions NONE =
      new Conditions(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  /** All rules, the default action as the last one. */
  private final List<Rule> rules;

  private final String protocol;
  private final String port;

  private RedirectLoops(Rules rules, String protocol, String port) {
    this.rules = new ArrayList<>(rules.list());
    this.rules.add(new Rule("", NONE, rules.fallback()));
    this.protocol = protocol;
    this.port = port;
  }

  /**
   * The indexes of all rules that are such a redirect, from 0 on; {@link #FALLBACK} for the default
   * action. A loop is found if each of its URLs certainly meets the next rule.
   *
   * @param protocol of the listener, {@code http} or {@code https}
   * @param port of the listener
   */
  public static List<Integer> in(Rules rules, String protocol, int port) {
    RedirectLoops loops = new RedirectLoops(rules, protocol, Integer.toString(port));
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < loops.rules.size(); i++) {
      if (loops.isLoop(i)) {
        found.add(i < rules.list().size() ? i : FALLBACK);
      }
    }
    return found;
  }

  private boolean isLoop(int first) {
    int at = first;
    Conditions request = rules.get(first).when();
    for (int i = 0; i < rules.size(); i++) {
      if (!(rules.get(at).action() instanceof Redirect redirect)
          || !staysHere(request, redirect.location())) {
        return false;
      }
      RedirectLocation to = redirect.location();
      if (to.path().equals(SAME.path())) {
        return at == first; // The same URL meets the same rule.
      }
      String path = WORD.matcher(to.path()).replaceAll("*");
      if (NOT_PLAIN.matcher(WORD.matcher(to.path()).replaceAll("")).find()
          || !RequestPath.isUsable(path)) {
        return false;
      }
      request = next(request, path, to.query().equals(SAME.query()));
      at = certainlyMet(request);
      if (at == NO_RULE || at == first) {
        return at == first;
      }
    }
    return false; // The loop is one of others.
  }

  /** Whether the new URL is one of this listener. */
  private boolean staysHere(Conditions request, RedirectLocation to) {
    return isSame(to.protocol(), SAME.protocol(), protocol)
        && isSame(to.port(), SAME.port(), port)
        && (to.host().equals(SAME.host()) || isOnly(request.hosts(), to.host()));
  }

  private static boolean isSame(String part, String word, String value) {
    return part.equals(word) || part.equals(value);
  }

  private static boolean isOnly(List<String> hosts, String host) {
    return !hosts.isEmpty() && hosts.stream().allMatch(host::equalsIgnoreCase);
  }

  /** What a client's request for the new URL fulfils: it repeats the former one as a GET. */
  private static Conditions next(Conditions request, String path, boolean sameQuery) {
    return new Conditions(
        List.of(path),
        request.hosts(),
        List.of("GET"),
        request.headers(),
        sameQuery ? request.query() : List.of(),
        request.sources());
  }

  /** The first rule that such requests may meet, if all of them meet it. */
  private int certainlyMet(Conditions request) {
    String path = request.paths().get(0);
    for (int i = 0; i < rules.size(); i++) {
      Conditions when = rules.get(i).when();
      if (HiddenRules.covers(when, request)) {
        return i;
      }
      if (when.paths().isEmpty()
          || when.paths().stream().anyMatch(it -> WildcardPattern.overlap(it, path))) {
        return NO_RULE;
      }
    }
    return NO_RULE;
  }
}
