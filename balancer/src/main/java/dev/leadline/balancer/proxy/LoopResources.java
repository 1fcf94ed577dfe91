package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What the parts of one event loop are made from. Nothing of it is shared with another loop, except
 * the clocks.
 *
 * @param loops number of event loops of the balancer: limits are divided by it
 * @param client connects to targets
 * @param clock times everything
 * @param wallClock tells the date
 * @param random source of randomness
 * @param tracing which traces are begun and recorded; empty: none
 * @param listeners hear of the end of every request on this loop, beside the counts
 */
public record LoopResources(
    Vertx vertx,
    int loops,
    TargetClient client,
    NanoClock clock,
    InstantSource wallClock,
    RandomGenerator random,
    Optional<Tracing> tracing,
    List<RequestEnd.Listener> listeners) {

  /**
   * Those of an event loop with the machine's clocks and a random seed. Call it on that loop.
   *
   * @param tracing which traces are begun and recorded; empty: none
   * @param listeners hear of the end of every request
   */
  public static LoopResources onThisLoop(
      Vertx vertx,
      int loops,
      Timeouts timeouts,
      Optional<Tracing> tracing,
      List<RequestEnd.Listener> listeners) {
    return new LoopResources(
        vertx,
        loops,
        new TargetClient(vertx, timeouts.connect()),
        System::nanoTime,
        InstantSource.system(),
        new SplittableRandom(),
        tracing,
        listeners);
  }
}
