package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalDouble;
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
 * @param sampledTraces share of the traces begun here that are marked as sampled; empty: none is
 *     begun
 * @param listeners hear of the end of every request on this loop, beside the counts
 */
public record LoopResources(
    Vertx vertx,
    int loops,
    TargetClient client,
    NanoClock clock,
    InstantSource wallClock,
    RandomGenerator random,
    OptionalDouble sampledTraces,
    List<RequestEnd.Listener> listeners) {

  /** The same with another client. */
  public LoopResources withClient(TargetClient changed) {
    return new LoopResources(
        vertx, loops, changed, clock, wallClock, random, sampledTraces, listeners);
  }

  /**
   * Those of an event loop with the machine's clocks and a random seed. Call it on that loop.
   *
   * @param sampledTraces share of the traces begun here that are marked as sampled; empty: none is
   *     begun
   * @param listeners hear of the end of every request
   */
  public static LoopResources onThisLoop(
      Vertx vertx,
      int loops,
      Timeouts timeouts,
      OptionalDouble sampledTraces,
      List<RequestEnd.Listener> listeners) {
    return new LoopResources(
        vertx,
        loops,
        new TargetClient(vertx, timeouts.connect()),
        System::nanoTime,
        InstantSource.system(),
        new SplittableRandom(),
        sampledTraces,
        listeners);
  }
}
