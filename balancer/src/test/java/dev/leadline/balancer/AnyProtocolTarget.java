package dev.leadline.balancer;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A target that speaks what it is spoken to in, HTTP/1.1 or HTTP/2 without TLS, and answers with
 * that; also one of gRPC, as far as health checks go.
 */
public final class AnyProtocolTarget implements AutoCloseable {

  private static final byte SERVING = 1;
  private static final byte NOT_SERVING = 2;

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server = vertx.createHttpServer().requestHandler(this::answer);
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private volatile byte health = SERVING;

  public AnyProtocolTarget() throws Exception {
    TestBalancer.await(server.listen(0, "127.0.0.1"));
  }

  public int port() {
    return server.actualPort();
  }

  /** What its health checks of gRPC answer from now on. */
  void serve(boolean serving) {
    health = serving ? SERVING : NOT_SERVING;
  }

  /** Requests so far beside health checks: version and path of each. */
  List<String> seen() {
    return seen;
  }

  private void answer(HttpServerRequest request) {
    if ("/grpc.health.v1.Health/Check".equals(request.path())) {
      request
          .response()
          .putHeader("content-type", "application/grpc")
          .putTrailer("grpc-status", "0")
          .end(Buffer.buffer(new byte[] {0, 0, 0, 0, 2, 8, health}));
    } else {
      seen.add(request.version() + " " + request.path());
      request.response().end(request.version() + " " + request.getHeader("te"));
    }
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
