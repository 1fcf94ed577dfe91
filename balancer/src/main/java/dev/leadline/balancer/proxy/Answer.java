package dev.leadline.balancer.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Answers of the balancer's own: a status and one line that says why. */
final class Answer {

  private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
  private static final long LINGER_MILLIS = 1000;

  private Answer() {}

  /**
   * Answers a request that was not, or could not be, passed on.
   *
   * @param close whether to close the connection: what else comes on it cannot be trusted
   */
  static void send(
      Vertx vertx, HttpServerRequest request, int status, String reason, boolean close) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.headWritten()) {
      return;
    }
    response.setStatusCode(status);
    String name =
        status == 463 ? "Too Many Addresses" : HttpResponseStatus.valueOf(status).reasonPhrase();
    response.setStatusMessage(name);
    response.putHeader(HttpHeaders.CONTENT_TYPE, TEXT);
    boolean unread = HopByHop.hasBody(request.headers()) && !request.isEnded();
    if (close || unread) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    response.end(status + " " + name + ": " + reason + "\n");
    if (close || unread) {
      // Closing at once would reset the connection under a client that is still sending, and it
      // might
      // never see the answer: read and forget what comes for a moment.
      request.handler(null);
      request.resume();
      HttpConnection connection = request.connection();
      vertx.setTimer(LINGER_MILLIS, timer -> connection.close());
    }
  }
}
