package dev.leadline.balancer.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.routing.target.Target;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Http1TargetConnectionTest {

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** Sends a GET, and does something at the end of the answer. */
  private record Get(String path, Promise<Integer> status, Runnable atEnd)
      implements TargetRequest.Listener {
    @Override
    public void ready(TargetRequest request) {
      request.send(HttpMethod.GET, path, false);
    }

    @Override
    public void interim(int code, MultiMap headers) {}

    @Override
    public void answered(TargetResponse answer) {
      answer.endHandler(
          end -> {
            status.complete(answer.statusCode());
            atEnd.run();
          });
    }

    @Override
    public void failed(Throwable cause) {
      status.fail(cause);
    }
  }

  /** A pool gives the connection to the next request within the end of the last one. */
  @Test
  void anExceptionAtTheEndOfAnExchangeIsNotTheNextOnes() throws Exception {
    List<Throwable> reported = new CopyOnWriteArrayList<>();
    loop.exceptionHandler(reported::add);
    IllegalStateException mistake = new IllegalStateException("a mistake of the listener");
    try (RawTarget target = new RawTarget(RawTarget.ECHO)) {
      Promise<Integer> first = Promise.promise();
      Promise<Integer> second = Promise.promise();
      loop.runOnContext(
          now -> {
            TargetClient client = new TargetClient(vertx, Duration.ofSeconds(5));
            Target where = new Target("t0", "127.0.0.1", target.port(), 1);
            client
                .connect(client.addressOf(where, TargetWire.PLAIN))
                .onSuccess(
                    connection ->
                        connection.begin(
                            new Get(
                                "/1",
                                first,
                                () -> {
                                  connection.begin(new Get("/2", second, () -> {}));
                                  throw mistake;
                                })));
          });
      assertEquals(200, status(first));
      assertEquals(200, status(second));
      assertEquals(List.of(mistake), reported);
    }
  }

  private static int status(Promise<Integer> promise) throws Exception {
    return promise.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
