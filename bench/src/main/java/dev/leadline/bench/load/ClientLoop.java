package dev.leadline.bench.load;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.transport.Transport;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** An event loop of the client, with what sends requests on it. */
final class ClientLoop {
  private final Vertx vertx;
  private final ContextInternal context;
  private final HttpClientAgent client;
  private final LongSupplier nanoTime;

  /**
   * Starts an event loop.
   *
   * @param nanoTime what its requests are timed with: {@link System#nanoTime} but in tests
   */
  ClientLoop(Duration connectTimeout, boolean http2, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.vertx = vertx();
    this.context = ((VertxInternal) vertx).createEventLoopContext();
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1)
                .setUseAlpn(http2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(Math.toIntExact(connectTimeout.toMillis())));
  }

  /**
   * epoll, where there is one, wakes at the microsecond a request is due, NIO at the millisecond.
   */
  static Vertx vertx() {
    Transport epoll = Transport.EPOLL;
    return Vertx.builder()
        .with(new VertxOptions().setEventLoopPoolSize(1))
        .withTransport(epoll != null && epoll.available() ? epoll : Transport.NIO)
        .build();
  }

  HttpClientAgent client() {
    return client;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Starts something on this loop; the answer completes when that has ended, however it ended. */
  CompletableFuture<Void> run(Step step) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    // Also what a later task of this step throws: nothing else would end the wait.
    context.exceptionHandler(done::completeExceptionally);
    context.runOnContext(nothing -> step.start().onComplete(any -> done.complete(null)));
    return done;
  }

  /** On this loop only. */
  void schedule(Runnable task, long delayNanos) {
    var unused =
        context
            .nettyEventLoop()
            .schedule(() -> context.dispatch(task), delayNanos, TimeUnit.NANOSECONDS);
  }

  Future<Void> close() {
    return vertx.close();
  }

  /** Something that is started on a loop, and ends later. */
  interface Step {
    Future<?> start();
  }
}
