package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.proxy.Proxy;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.balancer.proxy.RouterAccess;
import dev.leadline.balancer.proxy.SharedRouters;
import dev.leadline.balancer.proxy.TargetClient;
import dev.leadline.routing.clock.NanoClock;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClientAgent;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One more event loop of a {@link Balancer}: listens on the same port, with connections of its own
 * to the targets, and shares the routers with the others. Vert.x hands the clients' connections to
 * the loops in turn.
 */
final class FurtherLoop extends VerticleBase {

  private final BalancerConfig config;
  private final Address address;
  private final SharedRouters shared;
  private final Map<String, ProxyGroup> groups;
  private final NanoClock clock;
  private final InstantSource wallClock;
  private @Nullable Proxy proxy;

  /**
   * @param address the same for all loops
   * @param groups those of the first loop, by name
   */
  FurtherLoop(
      BalancerConfig config,
      Address address,
      SharedRouters shared,
      Map<String, ProxyGroup> groups,
      NanoClock clock,
      InstantSource wallClock) {
    this.config = config;
    this.address = address;
    this.shared = shared;
    this.groups = groups;
    this.clock = clock;
    this.wallClock = wallClock;
  }

  @Override
  public Future<?> start() {
    RouterAccess access = shared.onLoop(context);
    HttpClientAgent client = TargetClient.create(vertx, config.timeouts());
    Map<String, ProxyGroup> own = new LinkedHashMap<>();
    groups.forEach((name, group) -> own.put(name, group.onAnotherLoop(access, client)));
    Proxy listener =
        new Proxy(
            vertx,
            config.rules(),
            own,
            config.timeouts(),
            config.tls(),
            clock,
            () -> wallClock.millis() / 1000,
            new SplittableRandom());
    proxy = listener;
    return listener.listen(address);
  }

  /** Its proxy, once started. */
  Proxy proxy() {
    return Objects.requireNonNull(proxy, "not started");
  }

  /** Takes its listener down as {@link Proxy#stop} says. Any thread. */
  Future<Void> drain() {
    return Future.future(
        promise ->
            context.runOnContext(
                now -> proxy().stop(config.timeouts().shutdown()).onComplete(promise)));
  }
}
