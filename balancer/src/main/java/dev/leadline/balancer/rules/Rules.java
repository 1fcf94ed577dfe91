package dev.leadline.balancer.rules;

import java.util.List;

/**
 * All rules of the listener. Immutable.
 *
 * @param list the first one that matches a request wins
 * @param fallback what is done with a request that no rule matches
 */
public record Rules(List<Rule> list, Action fallback) {}
