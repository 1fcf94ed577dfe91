package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.config.Limits;
import dev.leadline.balancer.config.Tls;
import dev.leadline.balancer.observe.BalancerSnapshot;
import dev.leadline.balancer.rules.Rules;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The listener on one event loop: takes in what clients send, and routes it. Not thread-safe,
 * except {@link #requestsInFlight}.
 */
public interface Front {

  /** Opens the listener; the result is the port it has. */
  Future<Integer> listen(Address address);

  /**
   * Goes on accepting and serving, and lets clients go: each answer over HTTP/1.1 is the last one
   * of its connection from now on. A balancer in front sends new connections for a while after it
   * was told not to.
   */
  default void retire() {}

  /**
   * Stops: accepts nothing more, lets what is in flight end, and closes what is left after {@code
   * limit}.
   */
  Future<Void> stop(Duration limit);

  /**
   * Serves what arrives from now on by another configuration; what is in flight ends in the group
   * that it began with.
   *
   * @param groups the groups by name; every name in the rules is among them
   */
  void take(Rules rules, Map<String, ProxyGroup> groups, Timeouts timeouts, Limits limits);

  /**
   * Begins and records traces in another way from now on.
   *
   * @param tracing how; empty: not at all
   */
  default void trace(Optional<Tracing> tracing) {}

  /**
   * Proves the listener with other certificates, or the same ones read again. One call is enough
   * for all event loops of a listener.
   *
   * @return fails if they cannot be used; then the former ones stay
   */
  default Future<?> take(Tls tls) {
    return Future.succeededFuture();
  }

  /** What is on its way now: requests, or connections that are passed on. Any thread. */
  int requestsInFlight();

  /** What there is to see on this loop. */
  BalancerSnapshot snapshot();
}
