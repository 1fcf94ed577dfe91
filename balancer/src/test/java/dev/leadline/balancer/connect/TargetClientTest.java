package dev.leadline.balancer.connect;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.TestBalancer;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.routing.target.Target;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Another time limit for connections, while some are open. */
class TargetClientTest {

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();

  @AfterEach
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private <T> T onLoop(Supplier<Future<T>> action) throws Exception {
    return Future.<T>future(result -> loop.runOnContext(now -> action.get().onComplete(result)))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private static Target target(int port) {
    return new Target("t0", "127.0.0.1", port, 1);
  }

  /** What Vert.x would close at the end of the loop: its clients. */
  private int clients() throws ReflectiveOperationException {
    Field children = CloseFuture.class.getDeclaredField("children");
    children.setAccessible(true);
    return children.get(((ContextInternal) loop).closeFuture()) instanceof Map<?, ?> some
        ? some.size()
        : 0;
  }

  @Test
  void aHundredChangesLeaveNoClientsBehind() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    try (RawTarget target = new RawTarget(RawTarget.Connection::readToEnd)) {
      TargetClient client =
          onLoop(() -> Future.succeededFuture(new TargetClient(vertx, Duration.ofSeconds(1))));
      onLoop(() -> client.connect(client.addressOf(target(target.port()), TargetWire.PLAIN)))
          .onClose(() -> closed.set(true));
      for (int i = 0; i < 100; i++) {
        Duration limit = Duration.ofSeconds(2 + i);
        onLoop(
            () -> {
              client.giveUpAfter(limit);
              return client
                  .connect(client.addressOf(target(target.port()), TargetWire.PLAIN))
                  .onSuccess(TargetConnection::close);
            });
      }
      TestBalancer.eventually(
          "one client for now, and one for the connection that is open",
          () -> {
            System.gc();
            return clients() <= 2;
          });
      assertFalse(closed.get());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Protocol.class,
      names = {"HTTP1", "HTTP2"})
  void theNewLimitHoldsForNewConnections(Protocol protocol) throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try (RawTarget target = new RawTarget(RawTarget.Connection::readToEnd);
        ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fill(full, waiting);
      TargetWire wire = new TargetWire(protocol, Optional.empty(), Optional.empty());
      ExecutionException failure =
          assertThrows(
              ExecutionException.class,
              () ->
                  onLoop(
                      () -> {
                        TargetClient client = new TargetClient(vertx, Duration.ofMinutes(1));
                        // Nothing is left from a connection by the former limit.
                        client
                            .connect(client.addressOf(target(target.port()), wire))
                            .onSuccess(TargetConnection::close);
                        client.giveUpAfter(Duration.ofMillis(50));
                        return client.connect(client.addressOf(target(full.getLocalPort()), wire));
                      }));
      assertTrue(failure.getCause() instanceof ConnectTimeoutException, failure.toString());
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  /** Connects until the kernel takes no more. */
  private static void fill(ServerSocket server, List<Socket> waiting) throws IOException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
    while (waiting.size() < 10) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(address, 100);
      } catch (SocketTimeoutException e) {
        return;
      }
    }
  }
}
