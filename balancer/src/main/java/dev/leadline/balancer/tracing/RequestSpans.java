package dev.leadline.balancer.tracing;

import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.balancer.observe.TargetAttempt.Result;
import dev.leadline.balancer.observe.Trace;
import dev.leadline.routing.target.Target;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The spans of one request that has ended: one of the balancer as a server, and one as a client for
 * each try at a target. A copy of plain values, so that any thread can read it. Immutable.
 *
 * @param traceId 32 hexadecimal digits
 * @param parentId id of the client's span, 16 hexadecimal digits; null if it brought none
 * @param state tracestate of the client; null if it brought none, or one above 512 characters
 * @param method as the client sent it, cut
 * @param rule the rule that decided; null if none did
 * @param path without the query, cut
 * @param serverAddress host that the client asked for; null if there is none
 * @param serverPort its port; 0 if it named none
 * @param clientAddress null if its connection was gone
 * @param version of HTTP; null if there is none
 * @param status sent to the client; 0 if none was
 * @param reason why it ended otherwise than with a complete answer; null if it did not
 * @param isError whether that is the fault of the balancer or of a target
 */
record RequestSpans(
    String traceId,
    long spanId,
    @Nullable String parentId,
    @Nullable String state,
    String method,
    @Nullable String rule,
    @Nullable String group,
    String path,
    boolean isTls,
    @Nullable String serverAddress,
    int serverPort,
    @Nullable String clientAddress,
    @Nullable HttpVersion version,
    int status,
    @Nullable String reason,
    boolean isError,
    long startEpochNanos,
    long endEpochNanos,
    List<Attempt> attempts) {

  private static final int MAX_METHOD_CHARS = 20;
  private static final int MAX_HOST_CHARS = 256;
  private static final int MAX_PATH_CHARS = 1024;

  /** What Trace Context wants passed on at least; a part of a state would be another state. */
  private static final int MAX_STATE_CHARS = 512;

  /**
   * One try at one target.
   *
   * @param status of the target's answer; 0 if there was none
   * @param error why it failed; null if it did not
   */
  record Attempt(
      long spanId,
      Target target,
      Purpose purpose,
      Result result,
      int status,
      @Nullable String error,
      long startEpochNanos,
      long endEpochNanos) {}

  /** Spans that it consists of. */
  int count() {
    return 1 + attempts.size();
  }

  /** The spans of a request that has a trace with spans. Call it on the request's event loop. */
  static RequestSpans of(RequestEnd end) {
    Trace trace = Objects.requireNonNull(end.trace());
    HttpServerRequest request = end.request();
    HostAndPort server = request == null ? null : request.authority();
    EndReason reason = end.reason();
    MatchedRule rule = end.rule();
    return new RequestSpans(
        Objects.requireNonNull(trace.id()),
        trace.spanId(),
        trace.clientSpanId(),
        request == null || trace.isNew() ? null : state(request),
        cut(end.method().name(), MAX_METHOD_CHARS),
        rule == null ? null : rule.name(),
        end.group(),
        cut(end.path(), MAX_PATH_CHARS),
        request != null && request.isSSL(),
        server == null ? null : cut(server.host(), MAX_HOST_CHARS),
        server == null ? 0 : Math.max(0, server.port()),
        end.client() == null ? null : end.client().hostAddress(),
        request == null ? null : request.version(),
        end.status(),
        reason == null ? null : reason.code(),
        isError(end.status(), reason),
        epochNanos(end, end.arrivedNanos()),
        epochNanos(end, end.endNanos()),
        IntStream.range(0, end.attempts().size()).mapToObj(i -> attempt(end, trace, i)).toList());
  }

  private static @Nullable String state(HttpServerRequest request) {
    String state = String.join(",", request.headers().getAll("tracestate"));
    return state.isEmpty() || state.length() > MAX_STATE_CHARS ? null : state;
  }

  private static Attempt attempt(RequestEnd end, Trace trace, int index) {
    TargetAttempt attempt = end.attempts().get(index);
    EndReason reason = end.reason();
    boolean isLast = attempt == end.attempt();
    return new Attempt(
        trace.spanId(index),
        attempt.target().target(),
        attempt.purpose(),
        attempt.result(),
        attempt.status(),
        switch (attempt.result()) {
          case ANSWERED ->
              isLast && reason != null && reason.isTargetsFault() ? reason.code() : null;
          case ABANDONED -> null;
          case NOT_CONNECTED, FAILED ->
              isLast && reason != null
                  ? reason.code()
                  : attempt.result().name().toLowerCase(Locale.ROOT);
        },
        epochNanos(end, attempt.chosenNanos()),
        epochNanos(
            end, attempt.endNanos() == RequestEnd.NEVER ? end.endNanos() : attempt.endNanos()));
  }

  /** Of a 4xx, and of a client that leaves, the client is the cause. */
  private static boolean isError(int status, @Nullable EndReason reason) {
    return status >= 500
        || reason == EndReason.SHUTDOWN
        || (reason != null
            && (reason.kind() == EndReason.Kind.FAILED
                || reason.kind() == EndReason.Kind.OVERLOAD));
  }

  private static long epochNanos(RequestEnd end, long moment) {
    return end.epochMillis() * 1_000_000 - (end.endNanos() - moment);
  }

  private static String cut(String text, int mostChars) {
    return text.length() <= mostChars ? text : text.substring(0, mostChars);
  }
}
