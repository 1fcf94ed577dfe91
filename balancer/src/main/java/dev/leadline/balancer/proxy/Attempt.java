package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.balancer.connect.TargetResponse;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.balancer.proxy.TargetConnections.Lease;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * One try of an {@link ProxiedRequest} at one target: from the connection to the head of the
 * answer. Ends exactly once, in {@link #end}; what comes later of it is not heard.
 */
final class Attempt extends TargetConnections.Taker
    implements TargetAttempt, TargetRequest.Listener {

  private final ProxiedRequest request;
  private final Proxy proxy;
  private final TargetConnections connections;
  private final RequestInFlight inFlight;
  private final Purpose purpose;
  private final long chosenNanos;

  private @Nullable Lease connection;
  private @Nullable TargetRequest upstream;
  private boolean sendingBegun;
  private boolean unprocessed;
  private @Nullable BodyPump body;
  private boolean requestSent;
  private boolean trailersSent;
  private boolean answeredEarly;
  private boolean onFreshConnection;
  private boolean ended;
  private Result result = Result.ABANDONED;
  private int status;
  private long connectedNanos = RequestEnd.NEVER;
  private long firstByteNanos = RequestEnd.NEVER;
  private long endNanos = RequestEnd.NEVER;

  Attempt(
      ProxiedRequest request,
      Proxy proxy,
      ProxyGroup group,
      RequestInFlight inFlight,
      Purpose purpose) {
    this.request = request;
    this.proxy = proxy;
    this.inFlight = inFlight;
    connections = group.connectionsTo(inFlight.target());
    this.purpose = purpose;
    chosenNanos = proxy.clock().nanoTime();
  }

  void start() {
    connections.take(this);
  }

  @Override
  public Purpose purpose() {
    return purpose;
  }

  @Override
  public TargetState target() {
    return inFlight.target();
  }

  @Override
  public Result result() {
    return result;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public long chosenNanos() {
    return chosenNanos;
  }

  @Override
  public long connectedNanos() {
    return connectedNanos;
  }

  @Override
  public long firstByteNanos() {
    return firstByteNanos;
  }

  @Override
  public long endNanos() {
    return endNanos;
  }

  @Override
  void connected(Lease taken) {
    if (ended) {
      taken.release(true);
      return;
    }
    connection = taken;
    taken.begin(this);
  }

  @Override
  void connectFailed(Throwable cause) {
    if (ended) {
      return;
    }
    result = Result.NOT_CONNECTED;
    request.attemptFailed(this, TargetFailure.ofConnecting(cause));
  }

  @Override
  public void ready(TargetRequest toTarget) {
    Lease on = connection;
    if (ended || on == null) {
      toTarget.reset();
      return;
    }
    upstream = toTarget;
    request.moved();
    connectedNanos = request.activeNanos();
    HttpServerRequest fromClient = request.fromClient();
    MultiMap headers = toTarget.headers();
    HopByHop.Problem unfit =
        HopByHop.copyEndToEnd(fromClient.headers(), headers, proxy.maxHeaders());
    if (unfit != null) {
      request.refuseHeaders(unfit);
      return;
    }
    request.setHeaders(this, headers);
    on.prepare(fromClient, headers);
    RequestBody ofClient = request.body();
    if (ofClient != null && !headers.contains(HttpHeaders.CONTENT_LENGTH)) {
      RequestTrailers.announce(fromClient.headers(), headers);
    }
    Upgrade upgrade = request.upgrade();
    if (upgrade != null) {
      upgrade.ask(headers);
    }
    sendingBegun = true;
    requestSent = ofClient == null;
    toTarget.send(fromClient.method(), fromClient.uri(), ofClient != null);
    if (ofClient != null) {
      sendBody(ofClient, fromClient, toTarget);
    }
  }

  private void sendBody(
      RequestBody ofClient, HttpServerRequest fromClient, TargetRequest toTarget) {
    if (fromClient.headers().contains(HttpHeaders.EXPECT)
        && fromClient.version() != HttpVersion.HTTP_1_0) {
      // As an Application Load Balancer: the answer to the expectation is ours, and yes.
      fromClient.response().writeContinue();
    }
    body =
        new BodyPump(
            ofClient.stream(), ofClient.gate(), toTarget::write, listener(ofClient, toTarget));
    body.start();
  }

  private BodyPump.Listener listener(RequestBody ofClient, TargetRequest toTarget) {
    return new BodyPump.Listener() {
      @Override
      public void moved() {
        request.moved();
      }

      @Override
      public void ended() {
        if (!ended) {
          end(ofClient, toTarget);
        }
      }

      @Override
      public void sourceFailed(Throwable cause) {
        request.clientFailed(cause);
      }
    };
  }

  private void end(RequestBody ofClient, TargetRequest toTarget) {
    MultiMap trailers;
    try {
      trailers = ofClient.trailers(toTarget.headers(), request.maxHeaders());
    } catch (Refused e) {
      request.clientFailed(e);
      return;
    }
    requestSent = true;
    trailersSent = !trailers.isEmpty();
    toTarget.end(trailers);
  }

  /** Whether it is the client's turn: more of the request's body has to come, and may. */
  boolean isWaitingForBody() {
    return body != null && !requestSent && !body.isBlocked();
  }

  @Override
  public void answered(TargetResponse fromTarget) {
    if (!ended) {
      request.answer(this, fromTarget);
    }
  }

  /** A good answer has begun. */
  void answered(int withStatus, long nanos) {
    result = Result.ANSWERED;
    status = withStatus;
    firstByteNanos = nanos;
    answeredEarly = !requestSent;
  }

  /** What has come of the answer does not count. */
  void forgetAnswer() {
    result = Result.ABANDONED;
    status = 0;
    firstByteNanos = RequestEnd.NEVER;
  }

  @Override
  public void interim(int withStatus, MultiMap headers) {
    if (!ended) {
      request.interim(this, withStatus, headers);
    }
  }

  /** Whether the target has done nothing about the request, and another one can get all of it. */
  boolean isUnprocessed() {
    return !sendingBegun || (unprocessed && request.body() == null);
  }

  /** Whether it is known that the head of the answer was the whole of it. */
  boolean isHeadOnly() {
    return upstream != null && upstream.isHeadOnly();
  }

  /** Whether it is over, and nothing of it counts any more. */
  boolean isEnded() {
    return ended;
  }

  /** Whether the whole request was sent. */
  boolean isRequestSent() {
    return requestSent;
  }

  @Override
  public void failed(Throwable cause) {
    TargetRequest sent = upstream;
    if (ended) {
      return;
    }
    if (sent == null) {
      failed(EndReason.CONNECTION_BROKE);
      return;
    }
    EndReason reason =
        TargetFailure.ofAnswer(cause, sent.hasAnswerBegun(), result == Result.ANSWERED);
    unprocessed =
        !sent.hasAnswerBegun() && (sent.isUnprocessed() || reason == EndReason.STREAM_REFUSED);
    failed(reason);
  }

  /** The request to the target broke, or its answer cannot be passed on. */
  void failed(EndReason reason) {
    if (ended) {
      return;
    }
    if (reason != EndReason.STREAM_REFUSED && mayUseFreshConnection()) {
      onFreshConnection = true;
      sendingBegun = false;
      unprocessed = false;
      dropConnection();
      connections.takeFresh(this);
    } else {
      request.attemptFailed(this, reason);
    }
  }

  /**
   * A target may close an idle connection at the moment we use it. Sending once more on a fresh one
   * is safe if nothing was sent, or if nothing of an answer has come to a request that may be
   * {@linkplain ProxiedRequest#isRepeatable repeated}.
   */
  private boolean mayUseFreshConnection() {
    Lease used = connection;
    TargetRequest sent = upstream;
    return !onFreshConnection
        && used != null
        && (used.isReused() || (sent != null && sent.isUnprocessed()))
        && (isUnprocessed() || (request.isRepeatable() && sent != null && !sent.hasAnswerBegun()));
  }

  /** The answer is complete: the connection can serve the next request, if both sides agree. */
  void complete(Outcome outcome) {
    Lease used = connection;
    TargetRequest answered = upstream;
    connection = null;
    upstream = null;
    end(outcome);
    if (!requestSent && answered != null) {
      answered.reset();
    }
    if (used != null) {
      RequestBody ofClient = request.body();
      boolean usual = ofClient == null || (!ofClient.isUnusual() && !trailersSent);
      used.release(usual && requestSent && !answeredEarly && request.upgrade() == null);
    }
  }

  /** The connection is a tunnel now. */
  void tunnelOpened() {
    inFlight.worksOn();
  }

  /** The tunnel has closed the connection; how long that lasted says nothing. */
  void tunnelClosed() {
    connection = null;
    end(Outcome.IGNORED);
  }

  /** It is over; the connection, if there still is one, is closed. */
  void end(Outcome outcome) {
    if (ended) {
      return;
    }
    ended = true;
    endNanos = proxy.clock().nanoTime();
    connections.withdraw(this);
    if (result == Result.ABANDONED && outcome == Outcome.FAILED) {
      result = Result.FAILED;
    }
    switch (outcome) {
      case SUCCEEDED -> inFlight.succeeded();
      case FAILED -> inFlight.failed();
      case IGNORED -> inFlight.ignored();
    }
    dropConnection();
  }

  private void dropConnection() {
    Lease used = connection;
    TargetRequest broken = upstream;
    connection = null;
    upstream = null;
    if (broken != null) {
      broken.reset();
    }
    if (used != null) {
      used.release(!sendingBegun);
    }
  }
}
