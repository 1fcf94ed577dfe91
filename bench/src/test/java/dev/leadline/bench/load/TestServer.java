package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.lab.LabDescription.Certificate;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server on an ephemeral port that behaves, or misbehaves, as a test wants it to. */
public final class TestServer implements AutoCloseable {
  public static final String ANSWER = InstanceAnswer.EXAMPLE;
  private static final int BACKLOG = 4096;

  private final Runnable end;
  private final int port;

  private TestServer(Vertx vertx, int port) {
    this(() -> vertx.close().await(), port);
  }

  private TestServer(Runnable end, int port) {
    this.end = end;
    this.port = port;
  }

  /** Answers every request at once, as the lab's application does. */
  public static TestServer answering() {
    return http(request -> request.response().end(ANSWER));
  }

  public static TestServer http(Handler<HttpServerRequest> handler) {
    return http(Vertx.vertx(), handler);
  }

  private static TestServer http(Vertx vertx, Handler<HttpServerRequest> handler) {
    return http(vertx, "127.0.0.1", handler);
  }

  /** At another address of this machine. */
  static TestServer httpAt(String address, Handler<HttpServerRequest> handler) {
    return http(Vertx.vertx(), address, handler);
  }

  private static TestServer http(Vertx vertx, String address, Handler<HttpServerRequest> handler) {
    int port =
        vertx
            .createHttpServer(new HttpServerOptions().setAcceptBacklog(BACKLOG))
            .requestHandler(handler)
            .listen(0, address)
            .await()
            .actualPort();
    return new TestServer(vertx, port);
  }

  /** The same over HTTPS, with a key and certificate in PEM files. */
  static TestServer https(PemKeyCertOptions pair, Handler<HttpServerRequest> handler) {
    Vertx vertx = Vertx.vertx();
    HttpServerOptions options =
        new HttpServerOptions()
            .setAcceptBacklog(BACKLOG)
            .setSsl(true)
            .setUseAlpn(true)
            .setKeyCertOptions(pair);
    int port =
        vertx
            .createHttpServer(options)
            .requestHandler(handler)
            .listen(0, "127.0.0.1")
            .await()
            .actualPort();
    return new TestServer(vertx, port);
  }

  /** Answers every request after a while. */
  static TestServer slow(long millis) {
    Vertx vertx = Vertx.vertx();
    return http(vertx, request -> vertx.setTimer(millis, id -> request.response().end(ANSWER)));
  }

  /** Answers every request's first bytes with this text and closes the connection. */
  static TestServer raw(String answer) {
    Vertx vertx = Vertx.vertx();
    int port =
        vertx
            .createNetServer(new NetServerOptions().setAcceptBacklog(BACKLOG))
            .connectHandler(
                socket ->
                    socket.handler(
                        request -> socket.write(answer).onComplete(written -> socket.close())))
            .listen(0, "127.0.0.1")
            .await()
            .actualPort();
    return new TestServer(vertx, port);
  }

  /** Answers so many requests on each connection, and closes it when another one comes. */
  static TestServer closingAfter(int answers) {
    Vertx vertx = Vertx.vertx();
    String answer =
        "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s".formatted(ANSWER.length(), ANSWER);
    int port =
        vertx
            .createNetServer(new NetServerOptions().setAcceptBacklog(BACKLOG))
            .connectHandler(
                socket -> {
                  AtomicInteger asked = new AtomicInteger();
                  socket.handler(
                      request -> {
                        if (asked.incrementAndGet() > answers) {
                          socket.close();
                        } else {
                          socket.write(answer);
                        }
                      });
                })
            .listen(0, "127.0.0.1")
            .await()
            .actualPort();
    return new TestServer(vertx, port);
  }

  /**
   * Answers so many requests, each on a connection of its own. When the last of them has its
   * answer, nothing listens there any more.
   */
  public static TestServer goneAfter(int answers) throws IOException {
    ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    Thread serving = new Thread(() -> serve(listener, answers));
    serving.start();
    return new TestServer(() -> end(listener, serving), listener.getLocalPort());
  }

  private static void serve(ServerSocket listener, int answers) {
    byte[] answer =
        "HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            .formatted(ANSWER.length(), ANSWER)
            .getBytes(StandardCharsets.US_ASCII);
    try (listener) {
      for (int number = 1; number <= answers; number++) {
        try (Socket client = listener.accept()) {
          if (number == answers) {
            listener.close();
          }
          BufferedReader head =
              new BufferedReader(
                  new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
          while (!Objects.requireNonNullElse(head.readLine(), "").isEmpty()) {}
          client.getOutputStream().write(answer);
        }
      }
    } catch (IOException e) {
      // The test has ended it.
    }
  }

  /**
   * A socket that is closed while a thread accepts goes on listening until that thread has left.
   */
  private static void end(ServerSocket listener, Thread serving) {
    try {
      listener.close();
      serving.join();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A port that nobody listens on, and that nobody else gets before the end of the test. */
  public static TestServer nobody() throws IOException {
    Socket holder = new Socket();
    holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new TestServer(
        () -> {
          try {
            holder.close();
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        },
        holder.getLocalPort());
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  Balancer secureBalancer(@Nullable Certificate certificate) {
    return new Balancer("b", "B", URI.create("https://127.0.0.1:" + port), null, certificate);
  }

  Balancer balancer() {
    return new Balancer("b", "B", url(), null);
  }

  static PlannedBurst burst() {
    return new PlannedBurst(Phase.MEASURED, 1, new Cell("/p", "b"));
  }

  @Override
  public void close() {
    end.run();
  }
}
