package dev.leadline.balancer.observe;

/**
 * What there is to see of where the targets of a group come from.
 *
 * @param changes how often its targets have changed without a change of the configuration
 * @param failures lookups of names, readings of the file and questions to AWS that failed
 * @param problem why the last one failed; empty if it did not
 */
public record MembershipSnapshot(long changes, long failures, String problem) {

  /** Nothing has happened. */
  public static final MembershipSnapshot NONE = new MembershipSnapshot(0, 0, "");
}
