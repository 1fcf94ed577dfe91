package dev.leadline.routing.target;

/** How a request ended, as far as it says something about its target. */
public enum Outcome {
  /** The target answered, and not with a server error (5xx). */
  SUCCEEDED,
  /** The target refused, reset, timed out, broke off, or answered with a server error (5xx). */
  FAILED,
  /** The end says nothing about the target: the client left, or the balancer gave up on its own. */
  IGNORED
}
