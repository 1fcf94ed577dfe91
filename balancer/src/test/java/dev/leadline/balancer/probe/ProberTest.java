package dev.leadline.balancer.probe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.RawTarget;
import dev.leadline.balancer.config.TargetWire;
import dev.leadline.routing.target.Target;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProberTest {

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** Nobody else has its connections: they would stay open for a minute. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsStoppedClosesItsConnections(boolean betweenProbes) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    CountDownLatch probed = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    CompletableFuture<Prober> prober = new CompletableFuture<>();
    try (RawTarget target =
        new RawTarget(
            connection -> {
              connection.readUntil("\r\n\r\n");
              asked.countDown();
              await(answer);
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
              connection.readToEnd();
              ended.countDown();
            })) {
      loop.runOnContext(
          now -> {
            prober.complete(
                new Prober(
                    vertx,
                    "/health",
                    TargetWire.PLAIN,
                    Duration.ofSeconds(10),
                    (which, nanos) -> probed.countDown()));
            prober.join().send(new Target("t0", "127.0.0.1", target.port(), 1));
          });
      await(asked);
      if (betweenProbes) {
        answer.countDown();
        await(probed);
      }
      loop.runOnContext(now -> prober.join().stop());
      answer.countDown();
      assertTrue(ended.await(20, TimeUnit.SECONDS));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
