package dev.leadline.routing.target;

/**
 * What a policy answers when it is asked for a target: the state of the chosen {@linkplain
 * TargetState target}, {@link #NONE}, or {@link #WAIT}. Choosing costs no object.
 */
public sealed interface Selection permits TargetState, Selection.NoTarget {

  /** There is nothing to choose from: the request cannot be served now. */
  Selection NONE = NoTarget.NONE;

  /** Hold the request: ask again when a request of this group has ended. */
  Selection WAIT = NoTarget.WAIT;

  /** The two answers without a target. */
  enum NoTarget implements Selection {
    /** See {@link Selection#NONE}. */
    NONE,
    /** See {@link Selection#WAIT}. */
    WAIT
  }
}
