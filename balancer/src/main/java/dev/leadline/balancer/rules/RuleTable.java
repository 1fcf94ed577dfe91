package dev.leadline.balancer.rules;

import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.rules.Action.Forward;
import dev.leadline.balancer.rules.Action.NotFound;
import dev.leadline.balancer.rules.Action.WeightedGroup;
import dev.leadline.routing.policy.builtin.SmoothRotation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the listener at work. What it is made of does not change; the turns of weighted
 * groups and the request that is being looked at do. Not thread-safe: each event loop has one.
 *
 * @param <G> stands for a target group
 */
public final class RuleTable<G> {

  private final List<Entry<G>> entries = new ArrayList<>();
  private final Outcome<G> fallback;

  /** Whether there are two paths that could meet different rules. */
  private final boolean pathsMatter;

  private final RequestPath path = new RequestPath();
  private final RuleInput input = new RuleInput();

  /**
   * Makes the table.
   *
   * @param groups the group of a name; it has every name in the rules
   */
  public RuleTable(Rules rules, Function<String, G> groups) {
    pathsMatter = rules.list().stream().anyMatch(it -> isSelective(it.when().paths()));
    for (Rule rule : rules.list()) {
      int number = entries.size() + 1;
      String name = rule.name().isEmpty() ? Integer.toString(number) : rule.name();
      entries.add(
          new Entry<>(
              Condition.of(rule.when()), new Outcome<>(number, name, rule.action(), groups)));
    }
    fallback = new Outcome<>(0, "default", rules.fallback(), groups);
  }

  private static boolean isSelective(List<String> paths) {
    return !paths.isEmpty() && !paths.contains("*") && !paths.contains("/*");
  }

  /** What is to be done with a request. */
  public Decision<G> decide(RuleRequest request) {
    path.read(request.target());
    EndReason problem = path.problem();
    if (problem != null && (pathsMatter || problem != EndReason.PATH_AMBIGUOUS)) {
      return new Decision.Refuse<>(problem);
    }
    input.request(request);
    Outcome<G> found = find(path.text(), path.end());
    @Nullable String other = path.other();
    if (other != null && find(other, other.length()) != found) {
      return new Decision.Refuse<>(EndReason.PATH_AMBIGUOUS);
    }
    return found.next();
  }

  private Outcome<G> find(String text, int end) {
    input.path(text, end);
    for (int i = 0; i < entries.size(); i++) {
      Entry<G> entry = entries.get(i);
      if (entry.matches(input)) {
        return entry.outcome;
      }
    }
    return fallback;
  }

  private record Entry<G>(List<Condition> conditions, Outcome<G> outcome) {
    boolean matches(RuleInput request) {
      for (int i = 0; i < conditions.size(); i++) {
        if (!conditions.get(i).isFulfilled(request)) {
          return false;
        }
      }
      return true;
    }
  }

  /** What a rule leads to: one decision, or one of several in turn. */
  private static final class Outcome<G> {
    private final List<Decision<G>> decisions;
    private final int[] weights;
    private final SmoothRotation rotation;

    Outcome(int number, String name, Action action, Function<String, G> groups) {
      MatchedRule rule = new MatchedRule(number, name, action.label());
      List<WeightedGroup> forward = action instanceof Forward it ? it.groups() : List.of();
      weights = forward.stream().mapToInt(WeightedGroup::weight).toArray();
      rotation = new SmoothRotation(weights.length);
      decisions = new ArrayList<>();
      for (WeightedGroup it : forward) {
        decisions.add(new Decision.ForwardTo<>(rule, groups.apply(it.group())));
      }
      if (forward.isEmpty()) {
        decisions.add(
            action instanceof NotFound
                ? new Decision.Refuse<>(EndReason.NO_RULE)
                : new Decision.AnswerWith<>(rule, action));
      }
    }

    /** Exact shares, evenly mixed, where drawing lots would only come near them. */
    Decision<G> next() {
      return decisions.get(decisions.size() == 1 ? 0 : rotation.next(weights));
    }
  }
}
