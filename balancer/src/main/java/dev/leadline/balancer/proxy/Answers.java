package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import dev.leadline.routing.clock.NanoClock;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** Answers of the balancer's own: a status and why. Not thread-safe. */
final class Answers {

  /** How long what a refused client still sends is read and forgotten. */
  static final long LINGER_MILLIS = 300;

  private final Vertx vertx;
  private final NanoClock clock;
  private final IntSupplier mostUnsent;
  private final UnsentAnswers unsent = new UnsentAnswers();
  private final Set<HttpConnection> closing = new HashSet<>();
  private final BooleanSupplier retiring;

  /**
   * @param mostUnsent how many may wait to be taken by their clients
   * @param retiring whether each answer over HTTP/1.1 is the last one of its connection
   */
  Answers(Vertx vertx, NanoClock clock, IntSupplier mostUnsent, BooleanSupplier retiring) {
    this.retiring = retiring;
    this.mostUnsent = mostUnsent;
    this.vertx = vertx;
    this.clock = clock;
  }

  /**
   * Whether the connection is about to be closed. Whatever still comes on it must not be looked at:
   * after a malformed request it may be anything, a smuggled request too.
   */
  boolean isClosing(HttpConnection connection) {
    return !closing.isEmpty() && closing.contains(connection);
  }

  /**
   * Answers a request that was not, or could not be, passed on.
   *
   * <p>Nothing is sent if the client has left or the answer has begun.
   *
   * @param close whether to close the connection: what else comes on it cannot be trusted. It is
   *     closed in any case if the request has a body, which nobody reads now
   * @return whether the answer was sent
   */
  boolean send(HttpServerRequest request, EndReason reason, boolean close) {
    int status = reason.status();
    HttpServerResponse response = request.response();
    if (Grpc.isCall(request) && !response.closed() && !response.headWritten()) {
      Grpc.refuse(response, reason);
      ended(request, response.end());
      return true;
    }
    if (reason.kind() == EndReason.Kind.OVERLOAD && !request.response().headWritten()) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
    }
    OwnBody body =
        OwnBody.of(reason, reasonPhrase(status), request.headers().getAll(HttpHeaders.ACCEPT));
    return send(request, status, body.type(), body.content(), close);
  }

  /** The same with an answer that is given. */
  boolean send(
      HttpServerRequest request, int status, CharSequence type, String body, boolean close) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.headWritten()) {
      return false;
    }
    response.setStatusCode(status).setStatusMessage(reasonPhrase(status));
    if (!body.isEmpty()) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, type);
    }
    boolean unread = HopByHop.hasBody(request) && !request.isEnded();
    if (Http2.carries(request)) {
      // What else comes on the connection belongs to other streams.
      ended(request, response.end(body));
      return true;
    }
    if (close || unread) {
      announceClose(response);
      closeSoon(request, unread);
      response.end(body);
    } else if (retiring.getAsBoolean()) {
      last(request);
      closeAfter(response.end(body), request);
    } else {
      response.end(body);
    }
    return true;
  }

  /**
   * An answer over HTTP/2 is whole.
   *
   * @param sent comes when the client has taken it
   */
  void ended(HttpServerRequest request, Future<Void> sent) {
    Http2Body.drop(request);
    Http2.refuseBodyAfter(sent, request);
    unsent.add(request, sent, clock.nanoTime(), mostUnsent.getAsInt());
  }

  /** Gives up whole answers that their clients have not taken since then. */
  void resetUnsent(long sinceNanos) {
    unsent.resetOlderThan(sinceNanos);
  }

  /** Says that the connection ends; on HTTP/1.0 Vert.x would say the contrary at the end. */
  static void announceClose(HttpServerResponse response) {
    response.headersEndHandler(
        end -> response.headers().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
  }

  /**
   * Says in an answer whose head was not sent yet that it is the last one of its connection; then
   * call {@link #closeAfter}. Requests that came behind this one are not begun: their clients know
   * that they were not.
   */
  void last(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (request.version() == HttpVersion.HTTP_1_0) {
      announceClose(response);
    } else {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    forget(request.connection());
  }

  /**
   * Closes a connection when its last answer was sent: what waits for a slow client would be lost.
   *
   * @param end of that answer
   */
  void closeAfter(Future<Void> end, HttpServerRequest request) {
    end.onComplete(sent -> request.connection().close());
  }

  /** Closes a connection after an answer to a request of which not all has come. */
  void closeUnread(HttpServerRequest request) {
    closeSoon(request, true);
  }

  private void closeSoon(HttpServerRequest request, boolean unread) {
    HttpConnection connection = request.connection();
    forget(connection);
    if (unread) {
      // Closing at once would reset the connection under a client that is still sending, and it
      // might never see the answer: read and forget what comes for a moment.
      request.handler(null);
      request.resume();
      GatedDecoder.of(connection).resume();
      vertx.setTimer(LINGER_MILLIS, timer -> connection.close());
    } else {
      request.response().endHandler(end -> vertx.runOnContext(now -> connection.close()));
    }
  }

  /** Whatever still comes on it is not looked at. */
  private void forget(HttpConnection connection) {
    if (closing.add(connection)) {
      connection.closeHandler(closed -> closing.remove(connection));
    }
  }

  private static String reasonPhrase(int status) {
    return switch (status) {
      case 414 -> "URI Too Long"; // Netty has the name of before RFC 7231.
      case 463 -> "Too Many Addresses";
      default -> HttpResponseStatus.valueOf(status).reasonPhrase();
    };
  }
}
