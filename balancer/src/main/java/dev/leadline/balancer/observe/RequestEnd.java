package dev.leadline.balancer.observe;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a request. Every request has exactly one, whichever way it ended: also one that was
 * refused before it had a group, and one whose client left.
 *
 * <p>A connection of a TCP listener ends in one too, with the method {@link #CONNECTION}.
 *
 * <p>It holds what is there anyway; text is made of it only by a listener that needs it.
 *
 * @param epochMillis when it ended, on the wall clock
 * @param client where the request came from; null if its connection was gone already
 * @param method its method
 * @param uri its target as it was sent, with the query
 * @param rule the rule that decided about it; null if it was refused before that
 * @param group name of its target group; null if it has none: it was refused, or its rule answered
 * @param attempts tries at targets, the first one first; empty if no target was chosen
 * @param status status that was sent to the client; 0 if nothing was
 * @param reason why it ended otherwise than with the complete answer of a target or of its rule;
 *     null if it did not
 * @param bytesIn bytes of the request's body that were read
 * @param bytesOut bytes of the answer's body that were sent
 * @param arrivedNanos when its head was read, on the clock of the event loop
 * @param endNanos when it ended, on the same clock
 * @param trace by what it is found in other logs; null if no target and no collector of spans has
 *     it
 * @param request what the client sent, for listeners that read more of it: only while they are
 *     called, and only on their event loop; null if there was none
 */
public record RequestEnd(
    long epochMillis,
    @Nullable SocketAddress client,
    HttpMethod method,
    String uri,
    @Nullable MatchedRule rule,
    @Nullable String group,
    List<? extends TargetAttempt> attempts,
    int status,
    @Nullable EndReason reason,
    long bytesIn,
    long bytesOut,
    long arrivedNanos,
    long endNanos,
    @Nullable Trace trace,
    @Nullable HttpServerRequest request) {

  /** Stands for a moment that did not come. */
  public static final long NEVER = Long.MIN_VALUE;

  /** Stands in the place of the method of a connection that was passed on as it is. */
  public static final HttpMethod CONNECTION = HttpMethod.valueOf("TCP");

  /** Hears of the end of every request, on the event loop of the request: it has to be quick. */
  @FunctionalInterface
  public interface Listener {
    /** A request has ended. */
    void ended(RequestEnd end);
  }

  /** Whether it is a connection that was passed on as it is, or was to be. */
  @SuppressWarnings("ReferenceEquality") // A client may call its method the same.
  public boolean isConnection() {
    return method == CONNECTION;
  }

  /**
   * The last attempt that was answered, or else the last one; null if there was none. An answer
   * before that was not passed on ({@code retryCodes}).
   */
  public @Nullable TargetAttempt attempt() {
    for (int i = attempts.size() - 1; i >= 0; i--) {
      if (attempts.get(i).result() == TargetAttempt.Result.ANSWERED) {
        return attempts.get(i);
      }
    }
    return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
  }

  /** Path of the request: its target without the query. */
  public String path() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /** Nanoseconds from the arrival to a moment; negative if that did not come. */
  private long since(long moment) {
    return moment == NEVER ? -1 : Math.max(0, moment - arrivedNanos);
  }

  /** Time from the arrival to the head of a target's answer; negative if there was none. */
  long firstByteNanos() {
    TargetAttempt attempt = attempt();
    return attempt == null ? -1 : since(attempt.firstByteNanos());
  }

  /** Time from the arrival to the end of a target's answer; negative if there was none. */
  long answeredNanos() {
    return firstByteNanos() < 0 ? -1 : since(endNanos);
  }

  /** Time from the arrival until an attempt sent the request to its target. */
  long processingNanos(TargetAttempt attempt) {
    return Math.max(0, since(attempt.connectedNanos()));
  }

  /** How many attempts had this result. */
  int count(TargetAttempt.Result result) {
    int count = 0;
    for (int i = 0; i < attempts.size(); i++) {
      count += attempts.get(i).result() == result ? 1 : 0;
    }
    return count;
  }

  /** How many attempts were for this. */
  int count(TargetAttempt.Purpose purpose) {
    int count = 0;
    for (int i = 0; i < attempts.size(); i++) {
      count += attempts.get(i).purpose() == purpose ? 1 : 0;
    }
    return count;
  }

  /** Whether it ended for a reason of this kind. */
  boolean is(EndReason.Kind kind) {
    return reason != null && reason.kind() == kind;
  }
}
