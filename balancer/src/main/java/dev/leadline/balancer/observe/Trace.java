package dev.leadline.balancer.observe;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * By what a request is found again in other logs: the same for all of its attempts.
 *
 * @param amazon value of X-Amzn-Trace-Id, as targets get it; a client may have written a part of
 *     it; null if no target got one
 * @param parent value of traceparent, as the client brought it or as it was begun here;
 *     well-formed; null if there is none
 * @param isNew whether the balancer made the traceparent
 * @param spanId id of the span that is recorded of the request, other than 0; those of its attempts
 *     follow it; 0: none is recorded
 */
public record Trace(@Nullable String amazon, @Nullable String parent, boolean isNew, long spanId) {

  /** Trace id of the traceparent, 32 hexadecimal digits; null if there is none. */
  public @Nullable String id() {
    return parent == null ? null : parent.substring(3, 35);
  }

  /** Id of the client's span, 16 hexadecimal digits; null if the trace begins here. */
  public @Nullable String clientSpanId() {
    return parent == null || isNew ? null : parent.substring(36, 52);
  }

  /** Id of the span that is recorded of an attempt, which are counted from 0 on. */
  public long spanId(int attempt) {
    return spanId + 1 + attempt;
  }

  /** The traceparent that the target of an attempt gets; null if it gets none. */
  public @Nullable String parentOf(int attempt) {
    return parent == null || spanId == 0
        ? parent
        : "00-"
            + id()
            + '-'
            + HexFormat.of().toHexDigits(spanId(attempt))
            + parent.substring(52, 55);
  }
}
