package dev.leadline.balancer.observe;

/**
 * The rule that decided about a request. Immutable.
 *
 * @param number its place among the rules, from 1 on; 0 is the default action
 * @param name its name; its number if it has none, or {@code default}
 * @param action what it does: {@code forward}, {@code redirect} or {@code fixed-response}
 */
public record MatchedRule(int number, String name, String action) {}
