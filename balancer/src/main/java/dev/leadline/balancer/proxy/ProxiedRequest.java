package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.connect.TargetResponse;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.Trace;
import dev.leadline.balancer.rules.Decision.ForwardTo;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way, from the rule that matched to its {@link RequestEnd}:
 *
 * <ol>
 *   <li>{@link #start} asks the group's router for a target;
 *   <li>{@link #forward} begins an {@link Attempt} at the target that was chosen, or {@link
 *       #refuse} hears that there is none;
 *   <li>{@link #attemptFailed} begins one more at another target, if nothing of an answer was
 *       passed on; a slow one gets a {@link Hedge} beside it ({@link Attempts});
 *   <li>{@link #answer} passes the first answer on ({@link TargetAnswer});
 *   <li>{@link #end} is the only way out, once, on whichever path comes first: answer complete,
 *       target failed, client left, too late.
 * </ol>
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
  private final MatchedRule rule;
  private final HttpServerRequest fromClient;
  private final @Nullable RequestBody body;
  private final boolean grpc;
  private final long arrivedNanos;
  private final Timeouts timeouts;

  private final Attempts attempts;
  private @Nullable TargetAnswer answer;
  private @Nullable Trace trace;
  private @Nullable Upgrade upgrade;
  private @Nullable Tunnel tunnel;
  private @Nullable TargetState preferred;
  private boolean headSent;
  private boolean ended;
  private int targetStatus;
  private long activeNanos;

  ProxiedRequest(
      Proxy proxy,
      ForwardTo<ProxyGroup> decision,
      HttpServerRequest fromClient,
      @Nullable Http2Body http2Body,
      long arrivedNanos) {
    this.proxy = proxy;
    rule = decision.rule();
    group = decision.group();
    this.fromClient = fromClient;
    this.arrivedNanos = arrivedNanos;
    activeNanos = arrivedNanos;
    timeouts = proxy.timeouts();
    body = RequestBody.of(fromClient, http2Body);
    grpc = group.protocol() == Protocol.GRPC;
    attempts = new Attempts(this, proxy, group);
  }

  void start() {
    fromClient.response().exceptionHandler(this::clientFailed);
    if (body != null) {
      body.pause();
      fromClient.exceptionHandler(this::clientFailed);
    }
    upgrade = group.protocol() == Protocol.HTTP1 ? Upgrade.of(fromClient) : null;
    SessionCookie session = group.session();
    if (session != null) {
      preferred = session.target(fromClient.headers(), group.router());
    }
    group.extra().requestArrived();
    group.router().route(this);
  }

  @Override
  public void forward(RequestInFlight chosen) {
    if (attempts.begin(chosen) && upgrade == null && isRepeatable()) {
      group.extra().hedgeLater(attempts::hedge);
    }
  }

  @Override
  public void refuse(Refusal reason) {
    end(
        switch (reason) {
          case NO_TARGET -> EndReason.NO_TARGET;
          case TOO_MANY_HELD -> EndReason.TOO_MANY_HELD;
          case HELD_TOO_LONG -> EndReason.HELD_TOO_LONG;
        },
        Outcome.FAILED);
  }

  /** An attempt has failed; the other one may still succeed, or a new one at another target. */
  void attemptFailed(Attempt which, EndReason reason) {
    if (ended) {
      return;
    }
    Outcome outcome = reason.isTargetsFault() ? Outcome.FAILED : Outcome.IGNORED;
    if (reason == EndReason.ANSWER_BROKE_OFF && !headSent) {
      forgetAnswer(which);
    }
    if (!attempts.goOnWithout(which, outcome)) {
      end(reason, outcome);
    }
  }

  /** A small answer is passed on when it is whole: the client has seen nothing of this one. */
  private void forgetAnswer(Attempt of) {
    of.forgetAnswer();
    answer = null;
    targetStatus = 0;
    moved();
  }

  /**
   * Whether doing it twice does no more than doing it once, nothing of an answer counts that has
   * come, and there is no body that is already gone.
   */
  boolean isRepeatable() {
    return body == null && targetStatus == 0 && IDEMPOTENT.contains(fromClient.method());
  }

  /** The target is at work; hints (103) are for the client, unless it does not read them. */
  void interim(Attempt from, int status, MultiMap headers) {
    moved();
    HttpServerResponse response = fromClient.response();
    if (status != HttpResponseStatus.EARLY_HINTS.code()
        || !attempts.isOnly(from)
        || headSent
        || fromClient.version() == HttpVersion.HTTP_1_0
        || response.writeQueueFull()) {
      return;
    }
    MultiMap hints = HttpHeaders.headers();
    if (HopByHop.copyEndToEnd(headers, hints, proxy.maxHeaders()) == null) {
      hints.remove(HttpHeaders.CONTENT_LENGTH);
      group.reports().leaveOut(hints);
      response.writeEarlyHints(hints);
    }
  }

  /** What a target says of its load is not for the client, wherever it says it. */
  void leaveReportOut(MultiMap trailers) {
    group.reports().leaveOut(trailers);
  }

  /** The first answer counts; the other attempt, if there is one, is over. */
  void answer(Attempt from, TargetResponse fromTarget) {
    moved();
    group.answered(from.target(), fromTarget.headers());
    // Where requests wait for a target, this one might wait too long: then this answer is better.
    if (group.extra().retriesAnswer(fromTarget.statusCode())
        && group.router().requestsHeld() == 0) {
      from.answered(fromTarget.statusCode(), activeNanos);
      if (attempts.goOnWithout(from, Outcome.FAILED)) {
        return;
      }
    }
    attempts.keepOnly(from);
    targetStatus = fromTarget.statusCode();
    Upgrade wish = upgrade;
    if (wish != null && wish.isGranted(fromTarget)) {
      from.answered(targetStatus, activeNanos);
      tunnel(from, wish, fromTarget);
      return;
    }
    EndReason problem = TargetAnswer.problem(fromTarget);
    if (problem != null) {
      from.failed(problem);
      return;
    }
    from.answered(targetStatus, activeNanos);
    TargetAnswer begun = new TargetAnswer(this, from, fromTarget);
    answer = begun;
    begun.passOn();
  }

  private void tunnel(Attempt from, Upgrade wish, TargetResponse consent) {
    HopByHop.Problem unfit = wish.prepare(consent, proxy.maxHeaders());
    if (unfit != null) {
      from.failed(unfit.ofAnswer());
      return;
    }
    tunnel =
        wish.grant(
            consent,
            new Tunnel.Listener() {
              @Override
              public void moved() {
                ProxiedRequest.this.moved();
              }

              @Override
              public void closed() {
                from.tunnelClosed();
                end(null, Outcome.IGNORED);
              }
            });
    from.tunnelOpened();
    headSent();
  }

  /** From now on the client has a part of the answer: it cannot get another one any more. */
  void headSent() {
    headSent = true;
  }

  /** Over HTTP/2 the answer is whole; it may take the client some time to take it. */
  void ended(Future<Void> answered) {
    proxy.answers().ended(fromClient, answered);
  }

  /** The answer that begins now is the last one of its connection. */
  void last() {
    proxy.answers().last(fromClient);
  }

  /** Closes the connection when this, the end of its last answer, was sent. */
  void closeAfter(Future<Void> end) {
    proxy.answers().closeAfter(end, fromClient);
  }

  /** The answer of the target was passed on completely. */
  void complete(Attempt from, TargetResponse fromTarget) {
    if (!from.isRequestSent() && !Http2.carries(fromClient)) {
      proxy.answers().closeUnread(fromClient);
    }
    from.complete(outcome(fromTarget));
    end(null, Outcome.IGNORED);
  }

  private Outcome outcome(TargetResponse fromTarget) {
    if (targetStatus >= 500) {
      return Outcome.FAILED;
    }
    return grpc ? Grpc.outcome(fromTarget) : Outcome.SUCCEEDED;
  }

  /** A target might read a malformed header differently from us. */
  void refuseHeaders(HopByHop.Problem unfit) {
    end(unfit.ofRequest(), Outcome.IGNORED);
  }

  /** The client left, or sent a body that cannot be read. It says nothing about the target. */
  void clientFailed(Throwable cause) {
    if (!ended && tunnel == null) {
      end(
          cause instanceof Refused refused ? refused.reason() : proxy.reasonOfLostClient(),
          Outcome.IGNORED);
    }
  }

  /** Ends it if something takes too long; what that is the target's fault for, it is blamed for. */
  void checkTime(long now) {
    if (ended) {
      return;
    }
    Attempt last = attempts.current();
    TargetAnswer begun = answer;
    long quiet = now - activeNanos;
    if (tunnel != null) {
      if (quiet >= timeouts.tunnel().toNanos()) {
        tunnel.close();
      }
      return;
    }
    boolean clientReads = begun == null || !begun.isBlocked();
    boolean clientSends = last == null || !last.isWaitingForBody();
    Outcome outcome = clientReads && clientSends ? Outcome.FAILED : Outcome.IGNORED;
    Optional<Duration> whole = timeouts.request();
    if (whole.isPresent() && now - arrivedNanos >= whole.get().toNanos()) {
      end(EndReason.REQUEST_TIMEOUT, outcome);
    } else if (!clientSends && !(begun != null && grpc)) {
      if (quiet >= timeouts.clientBody().toNanos()) {
        end(EndReason.BODY_TIMEOUT, outcome);
      }
    } else if (!clientReads) {
      if (quiet >= timeouts.idle().toNanos()) {
        end(EndReason.CLIENT_STALLED, outcome);
      }
    } else if (quiet >= (begun == null ? timeouts.response() : timeouts.idle()).toNanos()) {
      end(last == null ? EndReason.HELD_TOO_LONG : EndReason.ANSWER_TIMEOUT, outcome);
    }
  }

  /**
   * It is over.
   *
   * @param reason why, unless the target's answer is complete
   * @param outcome how an attempt ends that is still under way
   */
  private void end(@Nullable EndReason reason, Outcome outcome) {
    ended = true;
    attempts.end(outcome);
    int status = reason == null ? targetStatus : answerInstead(reason);
    HttpServerResponse response = fromClient.response();
    proxy.ended(
        this,
        group,
        new RequestEnd(
            proxy.ends().epochMillis(),
            fromClient.remoteAddress(),
            fromClient.method(),
            fromClient.uri(),
            rule,
            group.name(),
            attempts.all(),
            status,
            reason,
            fromClient.bytesRead(),
            response.bytesWritten(),
            arrivedNanos,
            proxy.clock().nanoTime(),
            trace == null ? proxy.ends().traceOfUnsent(fromClient) : trace,
            fromClient));
  }

  /** Answers for the target, if the client can still be answered; the status that it got, or 0. */
  private int answerInstead(EndReason reason) {
    boolean begun = fromClient.response().headWritten();
    if (reason.kind() != EndReason.Kind.GONE && !headSent) {
      boolean close = reason.kind() == EndReason.Kind.REFUSED;
      return proxy.answers().send(fromClient, reason, close) ? reason.status() : 0;
    }
    if (!fromClient.response().closed()) {
      Abort.reset(fromClient);
    }
    return begun ? targetStatus : 0;
  }

  /**
   * Says in a request for a target where it comes from, and what it should say of itself. Every
   * attempt has the same trace.
   */
  void setHeaders(Attempt of, MultiMap headers) {
    trace = proxy.forwardedHeaders().set(fromClient, headers, trace, attempts.all().indexOf(of));
    group.reports().ask(headers);
  }

  /** Requests of one client belong together. */
  @Override
  public long flow() {
    return fromClient.remoteAddress() == null ? 0 : fromClient.remoteAddress().host().hashCode();
  }

  @Override
  public @Nullable TargetState preferred() {
    return preferred;
  }

  /** Tells the client where its next requests belong, if that has changed. */
  void addSessionCookie(TargetState target) {
    SessionCookie session = group.session();
    if (session != null) {
      session.add(fromClient, target);
    }
  }

  @Override
  public @Nullable TargetState avoid() {
    return attempts.failedTarget();
  }

  /** When something last happened, on the proxy's clock. */
  long activeNanos() {
    return activeNanos;
  }

  /** Something happened. */
  void moved() {
    activeNanos = proxy.clock().nanoTime();
  }

  /** What the client wants instead of HTTP, if it does. */
  @Nullable Upgrade upgrade() {
    return upgrade;
  }

  boolean isEnded() {
    return ended;
  }

  HttpServerRequest fromClient() {
    return fromClient;
  }

  /** Null if it has none. */
  @Nullable RequestBody body() {
    return body;
  }

  int maxHeaders() {
    return proxy.maxHeaders();
  }

  boolean isRetiring() {
    return proxy.isRetiring();
  }
}
