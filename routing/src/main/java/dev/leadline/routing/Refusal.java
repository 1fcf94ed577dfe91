package dev.leadline.routing;

/** Why a request gets no target. */
public enum Refusal {
  /** No target may be chosen. */
  NO_TARGET,
  /** Too many requests wait already. */
  TOO_MANY_HELD,
  /** It has waited as long as allowed. */
  HELD_TOO_LONG
}
