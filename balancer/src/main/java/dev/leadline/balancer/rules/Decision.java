package dev.leadline.balancer.rules;

import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;

/**
 * What the rules say about a request.
 *
 * @param <G> stands for a target group
 */
public sealed interface Decision<G> {

  /** Send it to a target of this group. */
  record ForwardTo<G>(MatchedRule rule, G group) implements Decision<G> {}

  /** Answer it with the rule's own answer. */
  record AnswerWith<G>(MatchedRule rule, Action action) implements Decision<G> {}

  /** Refuse it. */
  record Refuse<G>(EndReason reason) implements Decision<G> {}
}
