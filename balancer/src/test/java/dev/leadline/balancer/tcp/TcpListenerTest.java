package dev.leadline.balancer.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.proxy.ProxyHeaders;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TcpListenerTest {

  private final TcpListener listener = new TcpListener();
  private final BlockingQueue<Thread> takers = new LinkedBlockingQueue<>();

  /** The port, and the thread that it comes on. */
  private record Opened(int port, Thread thread) {}

  private Opened serve(ContextInternal loop) throws Exception {
    CompletableFuture<Opened> opened = new CompletableFuture<>();
    loop.runOnContext(
        now ->
            listener
                .serve(
                    loop,
                    new Address("127.0.0.1", 0),
                    new ProxyHeaders(Optional.empty()),
                    this::take)
                .onComplete(
                    port -> opened.complete(new Opened(port, Thread.currentThread())),
                    opened::completeExceptionally));
    return opened.get(20, TimeUnit.SECONDS);
  }

  private void take(Channel connection) {
    takers.add(Thread.currentThread());
    var unused = connection.close();
  }

  /**
   * Catches a loop that goes on on the thread of the one that opened the listener, where its timers
   * would then run, one that gets no connections, and a listener that stays open.
   */
  @Test
  void loopsShareAPortAndEachStaysOnItsThread() throws Exception {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    try {
      ContextInternal one = ((VertxInternal) vertx).createEventLoopContext();
      ContextInternal other = ((VertxInternal) vertx).createEventLoopContext();
      Set<Thread> threads = new HashSet<>();
      int port = 0;
      for (ContextInternal loop : List.of(one, other)) {
        Opened opened = serve(loop);
        assertEquals(port == 0 ? opened.port : port, opened.port);
        port = opened.port;
        threads.add(opened.thread);
      }
      assertEquals(2, threads.size());

      Set<Thread> taken = new HashSet<>();
      for (int i = 0; i < 2; i++) {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        taken.add(takers.poll(20, TimeUnit.SECONDS));
      }
      assertEquals(threads, taken);

      listener.leave(one);
      listener.leave(other);
      listener.leave(other);
      int closed = port;
      assertThrows(
          SocketException.class, // Refused, or reset where it is closed at this moment.
          () -> {
            while (true) {
              new Socket(InetAddress.getLoopbackAddress(), closed).close(); // Until it is closed.
            }
          });
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }
}
