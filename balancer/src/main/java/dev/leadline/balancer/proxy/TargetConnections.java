package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Connections;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.target.Target;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpServerRequest;

/**
 * The connections to one target. Where it has no room for a request, the request waits, first come
 * first served; it does not fail. Not thread-safe.
 */
abstract class TargetConnections {

  final TargetWire wire;
  final NanoClock clock;
  final LinkedQueue<Taker> waiting = new LinkedQueue<>();
  final TargetClient client;
  Connections limits;
  HttpConnectOptions address;
  boolean retired;
  private final Target target;

  TargetConnections(
      TargetClient client, Target target, TargetWire wire, Connections limits, NanoClock clock) {
    this.client = client;
    this.target = target;
    this.wire = wire;
    this.limits = limits;
    this.clock = clock;
    address = client.addressOf(target, wire);
  }

  /** Somebody who wants to send a request. Gets exactly one answer, unless it withdraws. */
  abstract static class Taker extends LinkedQueue.Element<Taker> {
    /** Here is room for one; give it back, reset it or close it. */
    abstract void connected(Lease lease);

    /** The target could not be reached. */
    abstract void connectFailed(Throwable cause);
  }

  /** Room for one request: a connection of HTTP/1.1, or a stream of HTTP/2. */
  interface Lease {

    /** Begins the request: the listener gets it, or hears that there is none. */
    void begin(TargetRequest.Listener listener);

    /** Makes the end-to-end headers of a request those that this version of HTTP has. */
    void prepare(HttpServerRequest fromClient, MultiMap headers);

    /** Whether its connection served a request before: the target may have closed it meanwhile. */
    boolean isReused();

    /**
     * Gives it back: unused, after the whole answer, or after a reset of the request.
     *
     * @param reusable whether a connection that has one request at a time may have another one
     */
    void release(boolean reusable);
  }

  /** From now on new connections are opened within these limits, and those of the client now. */
  final void use(Connections changedLimits) {
    limits = changedLimits;
    address = client.addressOf(target, wire);
  }

  /** Others take its place: each connection is closed as soon as no request uses it. */
  final void retire() {
    retired = true;
    closeAllIdle();
  }

  /** Asks for room for a request. */
  abstract void take(Taker taker);

  /** Asks for room on a connection that no request has used before, as far as that is possible. */
  abstract void takeFresh(Taker taker);

  /** Takes back a request for room that may still be waiting. */
  final void withdraw(Taker taker) {
    waiting.remove(taker);
  }

  /** Closes connections that have been idle for too long. To be called now and then. */
  abstract void closeIdle();

  /** Closes every connection that is idle. */
  abstract void closeAllIdle();

  /** Connections there are, idle, busy and about to be. */
  abstract int size();
}
