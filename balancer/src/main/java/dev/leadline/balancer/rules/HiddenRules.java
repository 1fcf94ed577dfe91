package dev.leadline.balancer.rules;

import dev.leadline.balancer.rules.Rule.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;

/** Finds rules that no request can reach, because an earlier one matches whatever they match. */
public final class HiddenRules {

  private HiddenRules() {}

  /**
   * One that cannot be reached.
   *
   * @param index of the rule in the list, from 0 on
   * @param by index of the rule that hides it
   */
  public record Hidden(int index, int by) {}

  /** All that are certainly hidden by one other rule. */
  public static List<Hidden> in(Rules rules) {
    List<Hidden> hidden = new ArrayList<>();
    List<Rule> list = rules.list();
    for (int late = 1; late < list.size(); late++) {
      for (int early = 0; early < late; early++) {
        if (covers(list.get(early).when(), list.get(late).when())) {
          hidden.add(new Hidden(late, early));
          break;
        }
      }
    }
    return hidden;
  }

  /** Whether all requests that fulfil the later conditions certainly fulfil the earlier ones. */
  static boolean covers(Conditions early, Conditions late) {
    return covers(early.paths(), late.paths(), WildcardPattern::covers)
        && covers(early.hosts(), late.hosts(), HiddenRules::coversHost)
        && covers(early.methods(), late.methods(), String::equals)
        && covers(early.sources(), late.sources(), Cidr::covers)
        && late.headers().containsAll(early.headers())
        && late.query().containsAll(early.query());
  }

  private static boolean coversHost(String wide, String narrow) {
    return WildcardPattern.covers(wide.toLowerCase(Locale.ROOT), narrow.toLowerCase(Locale.ROOT));
  }

  private static <T> boolean covers(List<T> early, List<T> late, BiPredicate<T, T> covers) {
    return early.isEmpty()
        || (!late.isEmpty()
            && late.stream().allMatch(it -> early.stream().anyMatch(e -> covers.test(e, it))));
  }
}
