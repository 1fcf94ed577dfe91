package dev.leadline.routing.target;

/** How a request ended for its target. */
public enum Outcome {
  /** The target answered, and not with a server error (5xx). */
  SUCCEEDED,
  /** The target refused, reset, timed out, broke off, or answered with a server error (5xx). */
  FAILED,
  /** Says nothing about the target: the client left, or the balancer stopped the request itself. */
  IGNORED
}
