package dev.leadline.balancer.tcp;

import dev.leadline.balancer.connect.ProxyPreface;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.ServedGroups;
import dev.leadline.balancer.proxy.TargetFailure;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client on its way to a target, until its {@link RequestEnd}. For the router
 * it is a request that is in flight while it is open. Where a target does not take it, another one
 * is tried, once: nothing was sent until then. Not thread-safe.
 */
final class TcpConnection implements PendingRequest, Relay.Listener {

  private static final MatchedRule RULE = new MatchedRule(0, "default", "forward");

  private final TcpProxy proxy;
  private final ProxyGroup group;
  private final InetSocketAddress client;
  private final InetSocketAddress listener;
  private final Channel channel;
  private final Relay relay;
  private final long arrivedNanos;
  private List<TcpAttempt> attempts = List.of();
  private @Nullable TcpAttempt current;
  private @Nullable TargetState failedTarget;
  private boolean joined;
  private boolean answered;
  private boolean ended;
  private long activeNanos;
  private long leftNanos = RequestEnd.NEVER;

  /**
   * @param channel the client's connection
   * @param client where it comes from
   * @param listener where it was accepted
   */
  TcpConnection(
      TcpProxy proxy,
      ProxyGroup group,
      Channel channel,
      InetSocketAddress client,
      InetSocketAddress listener) {
    this.proxy = proxy;
    this.group = group;
    this.client = client;
    this.listener = listener;
    arrivedNanos = proxy.clock().nanoTime();
    activeNanos = arrivedNanos;
    this.channel = channel;
    relay = new Relay(channel, this);
  }

  void start() {
    group.extra().requestArrived();
    group.router().route(this);
  }

  /** Addresses and ports of both ends: each connection is a flow of its own. */
  @Override
  public long flow() {
    long from = client.getAddress().hashCode() * 31L + client.getPort();
    long to = listener.getAddress().hashCode() * 31L + listener.getPort();
    return from * 0x1_0000_01B3L + to;
  }

  @Override
  public @Nullable TargetState avoid() {
    return failedTarget;
  }

  @Override
  public void forward(RequestInFlight chosen) {
    TcpAttempt attempt =
        new TcpAttempt(
            chosen, failedTarget == null ? Purpose.FIRST : Purpose.RETRY, proxy.clock().nanoTime());
    if (attempts.isEmpty()) {
      attempts = List.of(attempt);
    } else {
      attempts = new ArrayList<>(attempts);
      attempts.add(attempt);
    }
    current = attempt;
    if (chosen.target().requestsInFlight() > group.mostConnections()) {
      failed(attempt, EndReason.TARGET_FULL);
    } else {
      proxy
          .connect(chosen.target().target(), channel)
          .onComplete(
              to -> connected(attempt, to),
              cause -> failed(attempt, TargetFailure.ofConnecting(cause)));
    }
  }

  @Override
  public void refuse(Refusal reason) {
    relay.reset(
        switch (reason) {
          case NO_TARGET -> EndReason.NO_TARGET;
          case TOO_MANY_HELD -> EndReason.TOO_MANY_HELD;
          case HELD_TOO_LONG -> EndReason.HELD_TOO_LONG;
        });
  }

  private void connected(TcpAttempt attempt, Channel to) {
    if (ended) {
      var unused = to.close();
      return;
    }
    activeNanos = proxy.clock().nanoTime();
    attempt.connected(activeNanos);
    joined = true;
    ProxyPreface.ofClient(group.wire().proxyHeader(), to, client, listener);
    relay.join(to);
  }

  private void failed(TcpAttempt attempt, EndReason reason) {
    if (ended) {
      return;
    }
    if (!channel.isOpen()) {
      relay.reset(EndReason.CLIENT_RESET); // That is why: no target is to blame, none is tried.
      return;
    }
    if (reason != EndReason.TARGET_FULL) {
      attempt.notConnected();
    }
    if (failedTarget == null
        && group.router().hasCandidateBeside(attempt.target())
        && group.extra().mayRetry()) {
      failedTarget = attempt.target();
      current = null;
      attempt.end(outcome(reason), proxy.clock().nanoTime());
      group.router().route(this);
    } else {
      relay.reset(reason);
    }
  }

  /** A target that has answered may reset a connection because of what the client sends. */
  private Outcome outcome(@Nullable EndReason reason) {
    if (reason == null) {
      return Outcome.SUCCEEDED;
    }
    if (reason == EndReason.TARGET_RESET && answered) {
      return Outcome.IGNORED;
    }
    return reason.isTargetsFault() ? Outcome.FAILED : Outcome.IGNORED;
  }

  @Override
  public void answered() {
    answered = true;
    if (current != null) {
      current.answered(proxy.clock().nanoTime());
    }
  }

  @Override
  public void ended(@Nullable EndReason reason) {
    if (ended) {
      return;
    }
    ended = true;
    long now = proxy.clock().nanoTime();
    TcpAttempt last = current;
    if (last == null) {
      group.router().withdraw(this);
    } else {
      last.end(outcome(reason), now);
    }
    proxy.ended(
        this,
        group,
        new RequestEnd(
            proxy.ends().epochMillis(),
            TcpProxy.named(client),
            RequestEnd.CONNECTION,
            "-",
            RULE,
            group.name(),
            attempts,
            0,
            reason,
            relay.bytesIn(),
            relay.bytesOut(),
            arrivedNanos,
            now,
            null,
            null));
  }

  /**
   * Ends it if nothing goes on any more, or the target has left.
   *
   * @param groups those that the configuration has
   */
  void sweep(long now, long idleNanos, long drainNanos, ServedGroups groups) {
    if (relay.sweep()) {
      activeNanos = now;
    }
    if (ended) {
      return;
    }
    TcpAttempt last = current;
    if (joined && last != null && (!groups.contains(group) || last.target().hasLeft())) {
      leftNanos = leftNanos == RequestEnd.NEVER ? now : leftNanos;
      if (now - leftNanos >= drainNanos) {
        relay.reset(EndReason.TARGET_GONE);
        return;
      }
    }
    if (joined && now - activeNanos >= idleNanos) {
      relay.reset(EndReason.CONNECTION_IDLE);
    }
  }

  /** Ends it at once. */
  void reset(EndReason reason) {
    relay.reset(reason);
  }

  /** Where it comes from. */
  InetSocketAddress client() {
    return client;
  }

  /** Bytes from and to the client so far. */
  long bytes() {
    return relay.bytesIn() + relay.bytesOut();
  }
}
