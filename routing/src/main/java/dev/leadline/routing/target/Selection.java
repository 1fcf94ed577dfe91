package dev.leadline.routing.target;

/**
 * The answer of a policy: the {@linkplain TargetState state} of the chosen target, {@link #NONE} or
 * {@link #WAIT}. It needs no allocation.
 */
public sealed interface Selection permits TargetState, Selection.NoTarget {

  /** No target can serve the request. */
  Selection NONE = NoTarget.NONE;

  /** Hold the request and ask again after the next event of this group. */
  Selection WAIT = NoTarget.WAIT;

  /** The two answers without a target. */
  enum NoTarget implements Selection {
    /** See {@link Selection#NONE}. */
    NONE,
    /** See {@link Selection#WAIT}. */
    WAIT
  }
}
