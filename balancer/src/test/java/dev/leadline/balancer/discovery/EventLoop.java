package dev.leadline.balancer.discovery;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** The event loop that the classes of a test belong to. */
final class EventLoop {

  private final Context loop;

  EventLoop(Vertx vertx) {
    loop = vertx.getOrCreateContext();
  }

  /** Does something there, and waits for it. */
  <T> T call(Callable<T> action) throws Exception {
    Promise<T> result = Promise.promise();
    loop.runOnContext(
        now -> {
          try {
            result.complete(action.call());
          } catch (Exception e) {
            result.fail(e);
          }
        });
    return result.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
