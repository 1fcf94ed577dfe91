package dev.leadline.balancer.proxy;

import dev.leadline.balancer.rules.Action;
import dev.leadline.balancer.rules.Action.FixedResponse;
import dev.leadline.balancer.rules.Action.Redirect;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Sends the answers that rules have themselves. */
final class RuleAnswer {

  private RuleAnswer() {}

  /** Sends it; the status that was sent, or 0 if the client has left. */
  static int send(Answers answers, ClientRequest asked, Action action) {
    HttpServerRequest request = asked.http();
    int status = 0;
    boolean sent = false;
    if (action instanceof Redirect redirect) {
      String url =
          redirect
              .location()
              .url(
                  asked,
                  request.isSSL(),
                  request.localAddress().hostAddress(),
                  request.localAddress().port());
      status = redirect.status();
      request.response().putHeader(HttpHeaders.LOCATION, url);
      sent = answers.send(request, status, "text/plain", "", false);
    } else if (action instanceof FixedResponse fixed) {
      status = fixed.status();
      if (status == 204) {
        // Vert.x gives every answer a length, and RFC 9110 forbids one here.
        MultiMap headers = request.response().headers();
        request.response().headersEndHandler(end -> headers.remove(HttpHeaders.CONTENT_LENGTH));
      }
      sent = answers.send(request, status, fixed.contentType(), fixed.body(), false);
    }
    return sent ? status : 0;
  }
}
