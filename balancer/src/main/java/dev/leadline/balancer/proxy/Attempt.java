package dev.leadline.balancer.proxy;

import dev.leadline.balancer.proxy.TargetConnections.PooledConnection;
import dev.leadline.routing.RequestInFlight;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One try of an {@link ProxiedRequest} at one target: from the connection to the head of the
 * answer. Ends exactly once, in {@link #end}; what comes later of it is not heard.
 */
final class Attempt implements TargetConnections.Taker {

  private static final RequestOptions OPTIONS = new RequestOptions();

  private final ProxiedRequest exchange;
  private final Proxy proxy;
  private final ProxyGroup group;
  private final RequestInFlight inFlight;

  private @Nullable PooledConnection connection;
  private @Nullable HttpClientRequest upstream;
  private boolean requestSent;
  private boolean onFreshConnection;
  private boolean ended;
  private long sentNanos;

  Attempt(ProxiedRequest exchange, Proxy proxy, ProxyGroup group, RequestInFlight inFlight) {
    this.exchange = exchange;
    this.proxy = proxy;
    this.group = group;
    this.inFlight = inFlight;
  }

  void start() {
    group.connectionsTo(inFlight.target()).take(this);
  }

  RequestInFlight inFlight() {
    return inFlight;
  }

  /** When the request was sent to the target, on the proxy's clock. */
  long sentNanos() {
    return sentNanos;
  }

  @Override
  public void connected(PooledConnection taken) {
    if (ended) {
      taken.release();
      return;
    }
    connection = taken;
    taken
        .http()
        .request(OPTIONS)
        .onComplete(this::send, cause -> failed(null, "the connection to the target broke"));
  }

  @Override
  public void connectFailed(Throwable cause) {
    if (ended) {
      return;
    }
    group.meter().connectionError();
    if (cause instanceof ConnectTimeoutException) {
      exchange.attemptFailed(this, 504, "the target could not be connected to in time");
    } else {
      exchange.attemptFailed(this, 502, "the target refused the connection");
    }
  }

  private void send(HttpClientRequest toTarget) {
    if (ended) {
      toTarget.reset();
      return;
    }
    upstream = toTarget;
    sentNanos = proxy.clock().nanoTime();
    exchange.moved();
    // Both hear of a failure; whichever comes first decides.
    toTarget.exceptionHandler(cause -> failed(toTarget, "the target closed the connection"));
    toTarget
        .response()
        .onComplete(this::answer, cause -> failed(toTarget, "the target closed the connection"));
    toTarget.earlyHintsHandler(hints -> exchange.passOnHints(this, hints));
    HttpServerRequest request = exchange.request();
    toTarget.setMethod(request.method()).setURI(request.uri());
    MultiMap headers = toTarget.headers();
    if (!HopByHop.copyEndToEnd(request.headers(), headers)) {
      exchange.refuseHeaders();
      return;
    }
    proxy.forwardedHeaders().set(request, headers);
    if (!exchange.hasBody()) {
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

  private BodyPump.Listener requestBody(HttpClientRequest toTarget) {
    return new BodyPump.Listener() {
      @Override
      public void moved() {
        exchange.moved();
      }

      @Override
      public void ended() {
        if (!ended) {
          requestSent = true;
          toTarget.end();
        }
      }

      @Override
      public void sourceFailed(Throwable cause) {
        exchange.clientFailed(cause);
      }
    };
  }

  private void answer(HttpClientResponse fromTarget) {
    if (!ended) {
      exchange.answer(this, fromTarget);
    }
  }

  /** The answer broke off, or cannot be passed on. */
  void answerFailed(String reason) {
    failed(upstream, reason);
  }

  /** A request to the target broke; that of a connection given up before says nothing any more. */
  private void failed(@Nullable HttpClientRequest which, String reason) {
    if (ended || which != upstream) {
      return;
    }
    if (mayUseFreshConnection()) {
      onFreshConnection = true;
      dropConnection();
      group.connectionsTo(inFlight.target()).takeFresh(this);
    } else {
      exchange.attemptFailed(this, 502, reason);
    }
  }

  /**
   * A target may close an idle connection at the moment we use it. Sending once more on a fresh one
   * is safe for a request that may be {@linkplain ProxiedRequest#isRepeatable repeated}.
   */
  private boolean mayUseFreshConnection() {
    return !onFreshConnection
        && exchange.isRepeatable()
        && connection != null
        && connection.isReused();
  }

  /** The answer is complete: the connection can serve the next request, if both sides agree. */
  void complete(HttpClientResponse fromTarget, Consumer<RequestInFlight> close) {
    PooledConnection used = connection;
    boolean keep =
        requestSent
            && fromTarget.version() == HttpVersion.HTTP_1_1
            && !fromTarget.headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
    connection = null;
    end(close);
    if (used != null && keep) {
      used.release();
    } else if (used != null) {
      used.close();
    }
  }

  /** It is over, as {@code close} says; the connection, if there still is one, is closed. */
  void end(Consumer<RequestInFlight> close) {
    if (ended) {
      return;
    }
    ended = true;
    group.connectionsTo(inFlight.target()).withdraw(this);
    close.accept(inFlight);
    dropConnection();
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
