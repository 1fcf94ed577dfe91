package dev.leadline.balancer.peers;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.Peers;
import dev.leadline.balancer.observe.PeersSnapshot;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The exchange with other balancers on an event loop, with its socket and its timer. Not
 * thread-safe: everything happens on that loop.
 */
public final class PeerService {

  private final Vertx vertx;
  private final PeerExchange exchange;
  private long timer;
  private boolean left;

  /**
   * Where this balancer listens.
   *
   * @param machine all addresses of this machine
   */
  private record Local(InetSocketAddress address, Set<InetAddress> machine) {

    /** Finds out; blocks. */
    static Local of(Address listen) throws SocketException {
      return new Local(
          new InetSocketAddress(listen.host(), listen.port()),
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .collect(Collectors.toSet()));
    }

    /** Whether a datagram to this address comes to this socket. */
    boolean listensAt(InetSocketAddress other) {
      if (!address.getAddress().isAnyLocalAddress()) {
        return address.equals(other);
      }
      return other.getPort() == address.getPort()
          && (other.getAddress().isLoopbackAddress() || machine.contains(other.getAddress()));
    }
  }

  private PeerService(Vertx vertx, PeerExchange exchange) {
    this.vertx = vertx;
    this.exchange = exchange;
  }

  /**
   * Opens the socket and begins to tell and to hear. To be called on the event loop.
   *
   * @return fails if the socket cannot be opened
   */
  public static Future<PeerService> start(
      Vertx vertx, Peers config, List<Group> groups, Routers routers) {
    return vertx
        .executeBlocking(() -> Local.of(config.listen()))
        .compose(
            local ->
                PeerSocket.open(vertx, local.address)
                    .map(socket -> opened(vertx, config, groups, routers, local, socket)));
  }

  private static PeerService opened(
      Vertx vertx,
      Peers config,
      List<Group> groups,
      Routers routers,
      Local local,
      PeerSocket socket) {
    PeerExchange exchange =
        new PeerExchange(
            new PeerExchange.Identity(new SecureRandom().nextLong(), System.currentTimeMillis()),
            config,
            groups,
            System::nanoTime,
            socket,
            routers,
            new PeerLog(System.nanoTime()),
            local::listensAt);
    socket.handler(exchange);
    PeerService service = new PeerService(vertx, exchange);
    service.tick();
    return service;
  }

  private void tick() {
    if (left) {
      return;
    }
    Duration pause = PeerExchange.USUAL_INTERVAL;
    try {
      pause = exchange.tick();
    } finally {
      timer = vertx.setTimer(Math.max(1, pause.toMillis()), fired -> tick());
    }
  }

  /** Another configuration takes over, after the routers have it. */
  public void use(Peers changed, List<Group> groups) {
    exchange.use(changed, groups);
  }

  /** What there is to see now. */
  public PeersSnapshot snapshot() {
    return exchange.snapshot();
  }

  /** Tells the others that this balancer leaves, and closes the socket. */
  public void leave() {
    if (!left) {
      left = true;
      vertx.cancelTimer(timer);
      exchange.leave();
    }
  }
}
