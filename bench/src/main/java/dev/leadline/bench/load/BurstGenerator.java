package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Sends bursts: a number of GET requests at one moment, each on a connection of its own, and every
 * one of them ends as a {@link Sample}, also where it fails.
 *
 * <p>All of a burst runs on one event loop, which begins every request before it looks at the first
 * answer. One burst at a time; not thread-safe.
 */
public final class BurstGenerator implements AutoCloseable {
  /** Lets the other side see the end of one burst's connections before the next begins. */
  private static final Duration PAUSE_AFTER_BURST = Duration.ofMillis(100);

  /** Few enough for the limit of open files, although this process has both ends. */
  private static final int WARM_UP_REQUESTS = 500;

  private static final int WARM_UP_BURSTS = 6;

  private final Vertx vertx;
  private final Context loop;
  private final HttpClientAgent client;
  private final int requests;
  private final Duration timeout;
  private final boolean preConnect;
  private final boolean ofLab;

  /**
   * Makes a generator of bursts of one kind.
   *
   * @param requests of a burst
   * @param timeout after which a request is given up, counted from its intended send
   * @param preConnect whether connections are opened before the burst begins, so that latencies do
   *     not include it
   * @param ofLab whether an answer must name the instance that gave it, as the lab's application
   *     does; otherwise every body is as good as another
   */
  public BurstGenerator(int requests, Duration timeout, boolean preConnect, boolean ofLab) {
    this.requests = requests;
    this.timeout = timeout;
    this.preConnect = preConnect;
    this.ofLab = ofLab;
    this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    this.loop = vertx.getOrCreateContext();
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions().setConnectTimeout(Math.toIntExact(timeout.toMillis())));
  }

  /** What a burst left. */
  public record Result(BurstRecord burst, List<Sample> samples) {
    public Result {
      samples = List.copyOf(samples);
    }
  }

  /**
   * Sends one burst and waits until each of its requests has ended.
   *
   * @throws InterruptedException when the thread is interrupted; this burst's samples are lost then
   */
  public Result fire(PlannedBurst planned, Balancer balancer) throws InterruptedException {
    Result result = send(planned, balancer, requests);
    TimeUnit.NANOSECONDS.sleep(PAUSE_AFTER_BURST.toNanos());
    return result;
  }

  /**
   * Sends bursts to a server in this process, and forgets them: this client's code is compiled
   * before the first burst that another server gets. A cold client begins requests late.
   */
  public void warmUp() throws InterruptedException {
    Vertx own = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      int port =
          own.createHttpServer(new HttpServerOptions().setAcceptBacklog(WARM_UP_REQUESTS))
              .requestHandler(request -> request.response().end(InstanceAnswer.EXAMPLE))
              .listen(0, "127.0.0.1")
              .await()
              .actualPort();
      Balancer server =
          new Balancer("client", "client", URI.create("http://127.0.0.1:" + port), null);
      PlannedBurst burst = new PlannedBurst(Phase.WARM_UP, 0, new Cell("/", server.name()));
      for (int i = 0; i < WARM_UP_BURSTS; i++) {
        send(burst, server, Math.min(requests, WARM_UP_REQUESTS));
      }
    } finally {
      own.close().await();
    }
  }

  private Result send(PlannedBurst planned, Balancer balancer, int count)
      throws InterruptedException {
    List<InetAddress> addresses = resolve(balancer.url().getHost());
    Burst burst = new Burst(client, planned, balancer, addresses, count, ofLab);
    if (preConnect) {
      await(burst::connect);
    }
    burst.intendNow();
    long timer = vertx.setTimer(timeout.toMillis(), id -> burst.giveUp(timeout));
    await(burst::send);
    vertx.cancelTimer(timer);
    await(burst::close);
    return burst.result();
  }

  /** Looked up before each burst: a load balancer's addresses change while it scales. */
  private static List<InetAddress> resolve(String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  private void await(Step step) throws InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.runOnContext(
        nothing -> {
          try {
            step.run().onComplete(any -> done.complete(null));
          } catch (RuntimeException e) {
            // The event loop would print it, and this thread would wait for ever.
            done.completeExceptionally(e);
          }
        });
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    vertx.close().await();
  }

  private interface Step {
    Future<?> run();
  }
}
