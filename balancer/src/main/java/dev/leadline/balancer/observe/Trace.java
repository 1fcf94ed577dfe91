package dev.leadline.balancer.observe;

import org.jspecify.annotations.Nullable;

/**
 * By what a request is found again in other logs: the same for all of its attempts.
 *
 * @param amazon value of X-Amzn-Trace-Id, as targets get it; a client may have written a part of it
 * @param parent value of traceparent, as targets get it; well-formed; null if there is none
 * @param isNew whether the balancer made the traceparent
 */
public record Trace(String amazon, @Nullable String parent, boolean isNew) {

  /** Trace id of the traceparent, 32 hexadecimal digits; null if there is none. */
  public @Nullable String id() {
    return parent == null ? null : parent.substring(3, 35);
  }
}
