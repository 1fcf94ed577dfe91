package dev.leadline.routing;

/** Why a request gets no target. */
public enum Refusal {
  /** The group has no target that takes requests. */
  NO_TARGET,
  /** As many requests as allowed wait for a target with room. */
  TOO_MANY_HELD,
  /** It has waited for a target with room for as long as allowed. */
  HELD_TOO_LONG
}
