package dev.leadline.balancer.proxy;

import dev.leadline.balancer.proxy.TargetConnections.PooledConnection;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: from the rule that matched to the end of the answer. Ends exactly once,
 * in {@link #finish}, on whichever path comes first: answer complete, target failed, client left,
 * too late.
 *
 * <p>What must never happen is a truncated message that looks complete: a source that breaks off
 * resets the other side.
 */
final class Exchange implements PendingRequest, TargetConnections.Taker {

  /** Answers up to this size are collected and sent in one write: one packet, one system call. */
  private static final int SMALL_ANSWER_BYTES = 16 * 1024;

  private static final RequestOptions OPTIONS = new RequestOptions();
  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private final Proxy proxy;
  private final ProxyGroup group;
  private final HttpServerRequest request;
  private final boolean hasBody;

  private @Nullable RequestInFlight inFlight;
  private @Nullable PooledConnection connection;
  private @Nullable HttpClientRequest upstream;
  private boolean requestSent;
  private boolean answered;
  private boolean retried;
  private boolean finished;
  private int targetStatus;
  private long sentNanos;
  private long activeNanos;

  Exchange(Proxy proxy, ProxyGroup group, HttpServerRequest request) {
    this.proxy = proxy;
    this.group = group;
    this.request = request;
    hasBody = HopByHop.hasBody(request.headers());
    activeNanos = proxy.clock().nanoTime();
  }

  void start() {
    request.response().exceptionHandler(this::clientFailed);
    if (hasBody) {
      request.pause();
      request.exceptionHandler(this::clientFailed);
    }
    group.router().route(this);
  }

  /** When something last happened, on the proxy's clock. */
  long activeNanos() {
    return activeNanos;
  }

  @Override
  public void forward(RequestInFlight chosen) {
    inFlight = chosen;
    group.meter().request();
    if (finished) {
      chosen.ignored();
      return;
    }
    group.connectionsTo(chosen.target()).take(this);
  }

  @Override
  public void refuse(Refusal reason) {
    fail(
        503,
        switch (reason) {
          case NO_TARGET -> "no target is registered for this path";
          case TOO_MANY_HELD -> "too many requests are waiting for a target with room";
          case HELD_TOO_LONG -> "no target had room for the request in time";
        });
  }

  @Override
  public void connected(PooledConnection taken) {
    if (finished) {
      taken.release();
      return;
    }
    connection = taken;
    taken
        .http()
        .request(OPTIONS)
        .onComplete(this::send, cause -> targetFailed(null, "the connection to the target broke"));
  }

  @Override
  public void connectFailed(Throwable cause) {
    if (finished) {
      return;
    }
    group.meter().connectionError();
    if (cause instanceof ConnectTimeoutException) {
      fail(504, "the target could not be connected to in time");
    } else {
      fail(502, "the target refused the connection");
    }
  }

  private void send(HttpClientRequest toTarget) {
    if (finished) {
      toTarget.reset();
      return;
    }
    upstream = toTarget;
    activeNanos = proxy.clock().nanoTime();
    sentNanos = activeNanos;
    // Both hear of a failure; whichever comes first decides.
    toTarget.exceptionHandler(cause -> targetFailed(toTarget, "the target closed the connection"));
    toTarget
        .response()
        .onComplete(
            this::answer, cause -> targetFailed(toTarget, "the target closed the connection"));
    toTarget.earlyHintsHandler(this::passOnHints);
    toTarget.setMethod(request.method()).setURI(request.uri());
    MultiMap headers = toTarget.headers();
    if (!HopByHop.copyEndToEnd(request.headers(), headers)) {
      refuseHeaders();
      return;
    }
    proxy.forwardedHeaders().set(request, headers);
    if (!hasBody) {
      requestSent = true;
      toTarget.end();
      return;
    }
    if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING)) {
      toTarget.setChunked(true);
    }
    if (request.headers().contains(HttpHeaders.EXPECT)) {
      // As an Application Load Balancer: the answer to the expectation is ours, and yes.
      request.response().writeContinue();
    }
    BodyPump.start(request, toTarget, requestBody(toTarget));
  }

  /** A target might read a malformed header differently from us. */
  private void refuseHeaders() {
    finish(RequestInFlight::ignored);
    dropConnection();
    proxy.answers().send(request, 400, "a header is malformed", true);
  }

  private BodyPump.Listener requestBody(HttpClientRequest toTarget) {
    return new BodyPump.Listener() {
      @Override
      public void moved() {
        activeNanos = proxy.clock().nanoTime();
      }

      @Override
      public void ended() {
        if (!finished) {
          requestSent = true;
          toTarget.end();
        }
      }

      @Override
      public void sourceFailed(Throwable cause) {
        clientFailed(cause);
      }
    };
  }

  private void passOnHints(MultiMap hints) {
    if (!finished && !answered && request.version() == HttpVersion.HTTP_1_1) {
      request.response().writeEarlyHints(hints);
    }
  }

  private void answer(HttpClientResponse fromTarget) {
    if (finished) {
      return;
    }
    activeNanos = proxy.clock().nanoTime();
    targetStatus = fromTarget.statusCode();
    String problem = answerProblem(fromTarget);
    if (problem != null) {
      targetFailed(upstream, problem);
      return;
    }
    group.meter().targetResponse(targetStatus, activeNanos - sentNanos);
    if (!mayHaveBody() || isSmall(fromTarget)) {
      fromTarget
          .body()
          .onComplete(
              body -> {
                if (!finished && head(fromTarget)) {
                  request.response().end(body);
                  complete(fromTarget);
                }
              },
              cause -> targetFailed(upstream, "the target broke off in the middle of its answer"));
      return;
    }
    if (!head(fromTarget)) {
      return;
    }
    answered = true;
    HttpServerResponse response = request.response();
    if (!fromTarget.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      delimit(response);
    }
    BodyPump.start(fromTarget, response, answerBody(fromTarget));
  }

  /** Why this answer must not be passed on, or null if it may. */
  private static @Nullable String answerProblem(HttpClientResponse fromTarget) {
    if (fromTarget.statusCode() < 200 || fromTarget.statusCode() > 599) {
      return "the target answered with a status that makes no sense here";
    }
    List<String> codings = fromTarget.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    boolean understood =
        codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"));
    return understood ? null : "the target answered in an encoding that is not chunked";
  }

  private boolean mayHaveBody() {
    return !HttpMethod.HEAD.equals(request.method()) && targetStatus != 204 && targetStatus != 304;
  }

  private static boolean isSmall(HttpClientResponse fromTarget) {
    String length = fromTarget.headers().get(HttpHeaders.CONTENT_LENGTH);
    // At most five digits: the decoder has already refused what is not a number.
    return length != null && length.length() <= 5 && Integer.parseInt(length) <= SMALL_ANSWER_BYTES;
  }

  /**
   * Puts the head of the answer together; false if that cannot be done, and the exchange has
   * failed.
   */
  private boolean head(HttpClientResponse fromTarget) {
    HttpServerResponse response = request.response();
    if (!HopByHop.copyEndToEnd(fromTarget.headers(), response.headers())) {
      response.headers().clear();
      targetFailed(upstream, "the target answered with a malformed header");
      return false;
    }
    response.setStatusCode(targetStatus);
    if (proxy.isDraining()) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    return true;
  }

  /** An answer of unknown length ends with its last chunk, or on HTTP/1.0 with the connection. */
  private void delimit(HttpServerResponse response) {
    if (request.version() == HttpVersion.HTTP_1_1) {
      response.setChunked(true);
    } else {
      response.headersEndHandler(
          end -> response.headers().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
    }
  }

  private BodyPump.Listener answerBody(HttpClientResponse fromTarget) {
    return new BodyPump.Listener() {
      @Override
      public void moved() {
        activeNanos = proxy.clock().nanoTime();
      }

      @Override
      public void ended() {
        if (!finished) {
          var end = request.response().end();
          if (request.version() == HttpVersion.HTTP_1_0) {
            end.onComplete(done -> request.connection().close());
          }
          complete(fromTarget);
        }
      }

      @Override
      public void sourceFailed(Throwable cause) {
        targetFailed(upstream, "the target broke off in the middle of its answer");
      }
    };
  }

  /** The answer is complete: the connection can serve the next request, if both sides agree. */
  private void complete(HttpClientResponse fromTarget) {
    PooledConnection used = connection;
    boolean keep =
        requestSent
            && fromTarget.version() == HttpVersion.HTTP_1_1
            && !fromTarget.headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
    connection = null;
    finish(targetStatus >= 500 ? RequestInFlight::failed : RequestInFlight::succeeded);
    if (used != null && keep) {
      used.release();
    } else if (used != null) {
      used.close();
    }
  }

  /** A request to a target broke; that of an attempt given up before says nothing any more. */
  private void targetFailed(@Nullable HttpClientRequest which, String reason) {
    if (finished || which != upstream) {
      return;
    }
    if (mayRetry()) {
      retry();
    } else {
      fail(502, reason);
    }
  }

  /**
   * A target may close an idle connection at the moment we use it. Sending once more on a fresh one
   * is safe where doing it twice does no more than doing it once, nothing of the answer has been
   * seen, and there is no body that is already gone.
   */
  private boolean mayRetry() {
    return !retried
        && !hasBody
        && targetStatus == 0
        && connection != null
        && connection.isReused()
        && IDEMPOTENT.contains(request.method());
  }

  private void retry() {
    retried = true;
    RequestInFlight chosen = inFlight;
    dropConnection();
    if (chosen != null) {
      group.connectionsTo(chosen.target()).takeFresh(this);
    }
  }

  /** The client left, or sent a body that cannot be read. It says nothing about the target. */
  private void clientFailed(Throwable cause) {
    if (!finished) {
      finish(RequestInFlight::ignored);
      dropConnection();
      if (!request.response().closed()) {
        Abort.reset(request);
      }
    }
  }

  /** Nothing happened for too long. */
  void timedOut() {
    if (!finished && inFlight == null) {
      fail(503, "no target had room for the request in time");
    } else if (!finished) {
      fail(504, "the target did not answer in time");
    }
  }

  private void fail(int status, String reason) {
    group.meter().balancerError();
    finish(RequestInFlight::failed);
    dropConnection();
    if (answered) {
      Abort.reset(request);
    } else {
      proxy.answers().send(request, status, reason, false);
    }
  }

  private void finish(Consumer<RequestInFlight> close) {
    finished = true;
    proxy.ended(this);
    RequestInFlight chosen = inFlight;
    if (chosen == null) {
      group.router().withdraw(this);
    } else {
      group.connectionsTo(chosen.target()).withdraw(this);
      close.accept(chosen);
    }
  }

  private void dropConnection() {
    PooledConnection used = connection;
    connection = null;
    upstream = null;
    if (used != null) {
      used.close();
    }
  }
}
