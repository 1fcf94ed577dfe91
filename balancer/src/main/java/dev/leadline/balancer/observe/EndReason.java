package dev.leadline.balancer.observe;

import java.util.Locale;

/**
 * Why a request ended otherwise than with the complete answer of a target. Where the client can
 * still be answered, it gets {@link #status()} and {@link #text()}.
 */
public enum EndReason {
  MALFORMED(Kind.REFUSED, 400, "the request is not HTTP"),
  PLAIN_HTTP(Kind.REFUSED, 400, "plain HTTP was sent to a port that speaks HTTPS"),
  PATH_FORM(Kind.REFUSED, 400, "the request target is not a path"),
  PATH_CHARACTER(
      Kind.REFUSED, 400, "the request target has a character that has to be percent-encoded"),
  PATH_FRAGMENT(Kind.REFUSED, 400, "the request target has a fragment"),
  PATH_ESCAPE(
      Kind.REFUSED,
      400,
      "the path has a % that is not followed by two hexadecimal digits, or it has %00"),
  PATH_AMBIGUOUS(
      Kind.REFUSED, 400, "servers read this path in different ways, and that matters here"),
  HOST_REPEATED(Kind.REFUSED, 400, "there is more than one Host"),
  HOST_MISSING(Kind.REFUSED, 400, "Host is missing"),
  HOST_FORM(Kind.REFUSED, 400, "Host is not a host with an optional port"),
  TRANSFER_ENCODING(Kind.REFUSED, 400, "the only Transfer-Encoding is chunked, on HTTP/1.1"),
  TWO_LENGTHS(Kind.REFUSED, 400, "Transfer-Encoding and Content-Length exclude each other"),
  CONTENT_LENGTH(Kind.REFUSED, 400, "Content-Length is not one whole number"),
  LINE_END(Kind.REFUSED, 400, "a line of the head does not end with CR and LF"),
  HEADER_FORM(Kind.REFUSED, 400, "a header is malformed"),
  BODY_FORM(Kind.REFUSED, 400, "the body is not divided into chunks as HTTP/1.1 has it"),
  OLD_WEBSOCKET(Kind.REFUSED, 400, "this draft of WebSocket has been replaced by RFC 6455"),
  NO_RULE(Kind.REFUSED, 404, "no rule matches this request"),
  TRACE(Kind.REFUSED, 405, "TRACE is not allowed"),
  CONNECT(Kind.REFUSED, 405, "CONNECT is not allowed"),
  BODY_TIMEOUT(Kind.REFUSED, 408, "the rest of the request did not come in time"),
  LINE_TOO_LONG(Kind.REFUSED, 414, "the request line is longer than 16 KB"),
  EXPECTATION(Kind.REFUSED, 417, "the only expectation that can be met is 100-continue"),
  HEADERS_TOO_LONG(Kind.REFUSED, 431, "the headers are longer than 64 KB together"),
  HEADER_TOO_LONG(Kind.REFUSED, 431, "a header is longer than 16 KB"),
  TOO_MANY_HEADERS(Kind.REFUSED, 431, "there are more headers than limits.headers allows"),
  TRAILERS_TOO_LONG(Kind.REFUSED, 431, "the trailers are longer than 8 KB together"),
  FORWARDED_FOR(Kind.REFUSED, 463, "X-Forwarded-For has more than 30 addresses"),
  VERSION(Kind.REFUSED, 505, "the version of HTTP is neither 1.0 nor 1.1"),
  CONNECT_REFUSED(Kind.FAILED, 502, "the target refused the connection"),
  UNREACHABLE(Kind.FAILED, 502, "the target cannot be reached"),
  HANDSHAKE(Kind.FAILED, 502, "the TLS handshake with the target failed"),
  TARGET_CERTIFICATE(
      Kind.FAILED, 502, "the certificate of the target is not trusted, or has another name"),
  NOT_HTTP2(Kind.FAILED, 502, "the target does not speak HTTP/2"),
  ANSWER_HTTP2(Kind.FAILED, 502, "the target does not keep to the rules of HTTP/2"),
  STREAM_REFUSED(Kind.FAILED, 502, "the target refused the request before it looked at it"),
  STREAM_RESET(Kind.FAILED, 502, "the target reset the request"),
  NAME_UNKNOWN(Kind.FAILED, 502, "the name of the target cannot be resolved"),
  CONNECTION_BROKE(Kind.FAILED, 502, "the connection to the target broke"),
  CONNECTION_CLOSED(Kind.FAILED, 502, "the target closed the connection"),
  HEAD_BROKE_OFF(Kind.FAILED, 502, "the target broke off in the head of its answer"),
  ANSWER_BROKE_OFF(Kind.FAILED, 502, "the target broke off in the middle of its answer"),
  ANSWER_CUT_OFF(
      Kind.FAILED,
      502,
      "the target closed the connection without the end of TLS, in an answer without a length"),
  ANSWER_STATUS(Kind.FAILED, 502, "the target answered with a status that makes no sense here"),
  ANSWER_ENCODING(Kind.FAILED, 502, "the target answered in an encoding that is not chunked"),
  ANSWER_HEADER(Kind.FAILED, 502, "the target answered with a malformed header"),
  ANSWER_HEADERS(
      Kind.FAILED, 502, "the target answered with more headers than limits.headers allows"),
  ANSWER_HEAD_TOO_LONG(Kind.FAILED, 502, "the head of the target's answer is longer than 32 KB"),
  ANSWER_LENGTHS(Kind.FAILED, 502, "the target answered with two lengths for one body"),
  ANSWER_BODY(Kind.FAILED, 502, "the body of the target's answer is malformed"),
  ANSWER_INTERIM(Kind.FAILED, 502, "the target sent more than 100 interim answers"),
  ANSWER_PROTOCOL(Kind.FAILED, 502, "the target does not speak HTTP/1.1"),
  ANSWER_TLS(Kind.FAILED, 502, "the target speaks TLS, and plain HTTP was sent to it"),
  NO_TARGET(Kind.FAILED, 503, "no target is registered for this path"),
  TOO_MANY_HELD(Kind.FAILED, 503, "too many requests are waiting for a target with room"),
  HELD_TOO_LONG(Kind.FAILED, 503, "no target had room for the request in time"),
  NO_SOCKET(Kind.FAILED, 503, "the balancer has no descriptor or port left for a connection"),
  NOT_SENT(Kind.FAILED, 503, "the balancer could not begin the request on its connection"),
  TOO_MANY_REQUESTS(Kind.OVERLOAD, 503, "too many requests are in flight"),
  CLIENT_SHARE(Kind.OVERLOAD, 503, "this address has too many connections or requests in flight"),
  CONNECT_TIMEOUT(Kind.FAILED, 504, "the target could not be connected to in time"),
  ANSWER_TIMEOUT(Kind.FAILED, 504, "the target did not answer in time"),
  REQUEST_TIMEOUT(Kind.FAILED, 504, "the request took longer than timeouts.request"),
  CLIENT_STALLED(Kind.GONE, 0, "the client did not read its answer"),
  CLIENT_LEFT(Kind.GONE, 0, "the client closed the connection, or sent a broken body"),
  CLIENT_RESET(Kind.GONE, 0, "the client reset the connection"),
  TARGET_RESET(Kind.FAILED, 502, "the target reset the connection"),
  TARGET_FULL(
      Kind.OVERLOAD, 503, "the target has as many connections as connections.perTarget allows"),
  TARGET_GONE(
      Kind.GONE, 0, "the target has left its group, and the time for its connections was over"),
  CONNECTION_IDLE(Kind.GONE, 0, "no byte came in either direction for timeouts.tcpIdle"),
  SHUTDOWN(Kind.GONE, 0, "the balancer stopped, and its time limit for that was over");

  /** Whose affair it is. */
  public enum Kind {
    /** The request itself cannot be passed on. */
    REFUSED,
    /** The balancer has more to do than its limits allow. */
    OVERLOAD,
    /** There was no target, or no good answer of one. */
    FAILED,
    /** There is nobody left to answer. */
    GONE
  }

  private final Kind kind;
  private final int status;
  private final String text;

  EndReason(Kind kind, int status, String text) {
    this.kind = kind;
    this.status = status;
    this.text = text;
  }

  /** Whose affair it is. */
  public Kind kind() {
    return kind;
  }

  /** Whether it says something about the target of the attempt that ended so. */
  public boolean isTargetsFault() {
    return switch (this) {
      case NAME_UNKNOWN, NO_SOCKET, NOT_SENT -> false;
      default -> kind == Kind.FAILED;
    };
  }

  /** Status of the answer to the client; 0 if it gets none. */
  public int status() {
    return status;
  }

  /** Its name for scripts: in JSON answers, in the log, and as the label of a metric. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The reason in words, as the answer to the client has it. */
  public String text() {
    return text;
  }
}
