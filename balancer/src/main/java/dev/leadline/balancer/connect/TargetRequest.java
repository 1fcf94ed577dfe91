package dev.leadline.balancer.connect;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;

/**
 * One request to a target, whatever version of HTTP it is sent in. Not thread-safe: it belongs to
 * the event loop of its connection.
 */
public interface TargetRequest {

  /** Nothing follows the body. */
  MultiMap NO_TRAILERS = HttpHeaders.headers().copy(false);

  /**
   * Hears what becomes of a request; nothing more after a failure, a reset, or the whole answer.
   */
  interface Listener {
    /** Here is the request, with everything still to be set and sent. */
    void ready(TargetRequest request);

    /** An interim answer came: one with a status of 1xx, but not 101. */
    void interim(int status, MultiMap headers);

    /** The head of the answer came. Whoever wants its body has to ask for it before returning. */
    void answered(TargetResponse answer);

    /** There will be no answer, or not all of it. */
    void failed(Throwable cause);
  }

  /** The headers to send; none at first. What frames the message is set by {@link #send}. */
  MultiMap headers();

  /**
   * Sends the head, or keeps it until the first part of the body is there. Without a {@code
   * Content-Length} among the headers, a body may have any length.
   *
   * @param uri path and query
   * @param hasBody whether a body follows; if not, the request is complete
   */
  void send(HttpMethod method, String uri, boolean hasBody);

  /** Sends a part of the body. The result comes when it is on its way, or never will be. */
  Future<Void> write(Buffer part);

  /**
   * The body is complete.
   *
   * @param trailers what follows it; on HTTP/1.1 a body with a {@code Content-Length} has none
   */
  void end(MultiMap trailers);

  /** Breaks the request off, and its answer. */
  void reset();

  /** Whether something of the answer has come, if only an interim answer. */
  boolean hasAnswerBegun();

  /** Whether the target has said that it has not processed the request, and will not. */
  boolean isUnprocessed();

  /** Whether it is known that the head of the answer was the whole of it. */
  boolean isHeadOnly();
}
