package dev.leadline.balancer.proxy;

import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.TargetState;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: from the rule that matched to the end of the answer. It has one {@link
 * Attempt} at a target, a second one at another target if the first failed before anything of an
 * answer was seen, or two at a time where a slow one is hedged. Ends exactly once, in {@link
 * #finish}, on whichever path comes first: answer complete, target failed, client left, too late.
 *
 * <p>What must never happen is a truncated message that looks complete: a source that breaks off
 * resets the other side.
 */
final class ProxiedRequest implements PendingRequest {

  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private final Proxy proxy;
  private final ProxyGroup group;
  private final HttpServerRequest request;
  private final boolean hasBody;

  private @Nullable Attempt attempt;
  private @Nullable Hedge hedge;
  private @Nullable TargetState failedTarget;
  private boolean answered;
  private boolean finished;
  private int targetStatus;
  private long activeNanos;

  ProxiedRequest(Proxy proxy, ProxyGroup group, HttpServerRequest request) {
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
    group.extra().requestArrived();
    group.router().route(this);
  }

  /** When something last happened, on the proxy's clock. */
  long activeNanos() {
    return activeNanos;
  }

  /** Something happened. */
  void moved() {
    activeNanos = proxy.clock().nanoTime();
  }

  HttpServerRequest request() {
    return request;
  }

  boolean hasBody() {
    return hasBody;
  }

  /** Requests of one client belong together. */
  @Override
  public long flow() {
    return request.remoteAddress() == null ? 0 : request.remoteAddress().host().hashCode();
  }

  @Override
  public @Nullable TargetState avoid() {
    return failedTarget;
  }

  @Override
  public void forward(RequestInFlight chosen) {
    if (failedTarget == null) {
      group.meter().request();
    }
    Attempt next = new Attempt(this, proxy, group, chosen);
    attempt = next;
    next.start();
    if (failedTarget == null && isRepeatable()) {
      group.extra().hedgeLater(this::startHedge);
    }
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

  /**
   * Whether doing it twice does no more than doing it once, nothing of an answer has been seen, and
   * there is no body that is already gone.
   */
  boolean isRepeatable() {
    return !hasBody && targetStatus == 0 && IDEMPOTENT.contains(request.method());
  }

  /** The first attempt is slow: another one beside it, if that can be afforded. */
  private void startHedge() {
    Attempt slow = attempt;
    if (finished || hedge != null || slow == null || !isRepeatable()) {
      return;
    }
    if (group.extra().mayHedge()) {
      Hedge beside = new Hedge(this, proxy, group, slow.inFlight().target());
      hedge = beside;
      group.router().route(beside);
    }
  }

  void passOnHints(Attempt from, MultiMap hints) {
    boolean only = hedge == null;
    if (only && from == attempt && !finished && !answered) {
      if (request.version() == HttpVersion.HTTP_1_1) {
        request.response().writeEarlyHints(hints);
      }
    }
  }

  /** A target might read a malformed header differently from us. */
  void refuseHeaders() {
    finish(RequestInFlight::ignored);
    proxy.answers().send(request, 400, "a header is malformed", true);
  }

  /** The first answer counts; the other attempt, if there is one, is over. */
  void answer(Attempt from, HttpClientResponse fromTarget) {
    keepOnly(from);
    moved();
    targetStatus = fromTarget.statusCode();
    String problem = TargetAnswer.problem(fromTarget);
    if (problem != null) {
      from.answerFailed(problem);
      return;
    }
    long nanos = activeNanos - from.sentNanos();
    TargetState answering = from.inFlight().target();
    group.meter().targetResponse(targetStatus, nanos);
    group.meter().answered(answering, nanos);
    group.extra().answered(nanos);
    if (!mayHaveBody() || TargetAnswer.isSmall(fromTarget)) {
      fromTarget
          .body()
          .onComplete(
              body -> {
                if (!finished && head(from, fromTarget)) {
                  request.response().end(body);
                  complete(from, fromTarget);
                }
              },
              cause -> from.answerFailed("the target broke off in the middle of its answer"));
      return;
    }
    if (!head(from, fromTarget)) {
      return;
    }
    answered = true;
    HttpServerResponse response = request.response();
    if (!fromTarget.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      delimit(response);
    }
    BodyPump.start(fromTarget, response, answerBody(from, fromTarget));
  }

  private void keepOnly(Attempt first) {
    Hedge beside = hedge;
    if (beside == null) {
      return;
    }
    hedge = null;
    Attempt slow = attempt;
    if (beside.attempt() == first) {
      attempt = first;
      if (slow != null) {
        slow.end(RequestInFlight::ignored);
      }
    } else {
      beside.end();
    }
  }

  private boolean mayHaveBody() {
    return !HttpMethod.HEAD.equals(request.method()) && targetStatus != 204 && targetStatus != 304;
  }

  /**
   * Puts the head of the answer together; false if that cannot be done, and the exchange has
   * failed.
   */
  private boolean head(Attempt from, HttpClientResponse fromTarget) {
    HttpServerResponse response = request.response();
    if (!HopByHop.copyEndToEnd(fromTarget.headers(), response.headers())) {
      response.headers().clear();
      from.answerFailed("the target answered with a malformed header");
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

  private BodyPump.Listener answerBody(Attempt from, HttpClientResponse fromTarget) {
    return new BodyPump.Listener() {
      @Override
      public void moved() {
        ProxiedRequest.this.moved();
      }

      @Override
      public void ended() {
        if (!finished) {
          var end = request.response().end();
          if (request.version() == HttpVersion.HTTP_1_0) {
            end.onComplete(done -> request.connection().close());
          }
          complete(from, fromTarget);
        }
      }

      @Override
      public void sourceFailed(Throwable cause) {
        from.answerFailed("the target broke off in the middle of its answer");
      }
    };
  }

  private void complete(Attempt from, HttpClientResponse fromTarget) {
    from.complete(
        fromTarget, targetStatus >= 500 ? RequestInFlight::failed : RequestInFlight::succeeded);
    finish(RequestInFlight::ignored);
  }

  /** An attempt has failed; the other one may still succeed, or a new one at another target. */
  void attemptFailed(Attempt which, int status, String reason) {
    if (finished) {
      return;
    }
    Hedge beside = hedge;
    if (beside != null && which == beside.attempt()) {
      which.end(RequestInFlight::failed);
      beside.giveUp();
    } else if (beside != null && beside.isRunning()) {
      which.end(RequestInFlight::failed);
      attempt = beside.attempt();
      hedge = null;
    } else if (mayTryAnother()) {
      failedTarget = which.inFlight().target();
      attempt = null;
      which.end(RequestInFlight::failed);
      group.router().route(this);
    } else {
      fail(status, reason);
    }
  }

  private boolean mayTryAnother() {
    return failedTarget == null
        && isRepeatable()
        && group.router().candidates().size() > 1
        && group.extra().mayRetry();
  }

  /** The client left, or sent a body that cannot be read. It says nothing about the target. */
  void clientFailed(Throwable cause) {
    if (!finished) {
      finish(RequestInFlight::ignored);
      if (!request.response().closed()) {
        Abort.reset(request);
      }
    }
  }

  /** Nothing happened for too long. */
  void timedOut() {
    if (!finished && attempt == null) {
      fail(503, "no target had room for the request in time");
    } else if (!finished) {
      fail(504, "the target did not answer in time");
    }
  }

  private void fail(int status, String reason) {
    group.meter().balancerError();
    finish(RequestInFlight::failed);
    if (answered) {
      Abort.reset(request);
    } else {
      proxy.answers().send(request, status, reason, false);
    }
  }

  /** It is over: an attempt that is still under way ends as {@code close} says. */
  private void finish(Consumer<RequestInFlight> close) {
    finished = true;
    proxy.ended(this);
    Hedge beside = hedge;
    if (beside != null) {
      beside.end();
    }
    Attempt last = attempt;
    if (last == null) {
      group.router().withdraw(this);
    } else {
      last.end(close);
    }
  }
}
