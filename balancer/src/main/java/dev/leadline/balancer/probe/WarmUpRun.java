package dev.leadline.balancer.probe;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Sends requests through a proxy until the compiler has seen its code: the first storm on a cold
 * virtual machine would be several times slower. Most go over connections that are kept, every
 * eighth over a new one, because a storm begins with connections.
 */
public final class WarmUpRun {

  private static final int CONCURRENCY = 16;
  private static final int NEW_CONNECTION_EVERY = 8;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(250);

  private final Vertx vertx;
  private final int port;
  private final String uri;
  private final int requests;
  private final HttpClient keepAlive;
  private final HttpClient fresh;
  private final Promise<Integer> done = Promise.promise();
  private BooleanSupplier enough = () -> false;
  private int started;
  private int ended;
  private int answered;

  /**
   * Makes a run.
   *
   * @param port where the proxy listens on loopback
   * @param uri path and query to request
   * @param requests how many
   */
  public WarmUpRun(Vertx vertx, int port, String uri, int requests) {
    this.vertx = vertx;
    this.port = port;
    this.uri = uri;
    this.requests = requests;
    PoolOptions pool = new PoolOptions().setHttp1MaxSize(CONCURRENCY);
    keepAlive = vertx.createHttpClient(new HttpClientOptions(), pool);
    fresh = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false), pool);
  }

  /**
   * Waits until the target answers, then sends all requests.
   *
   * @param limit after which it is over in any case
   * @param enough whether it is over before that
   * @return how many requests were answered with 2xx
   */
  public Future<Integer> run(Duration limit, BooleanSupplier enough) {
    this.enough = enough;
    long timer = vertx.setTimer(limit.toMillis(), fired -> done.tryComplete(answered));
    begin();
    return done.future()
        .onComplete(
            end -> {
              vertx.cancelTimer(timer);
              keepAlive.close();
              fresh.close();
            });
  }

  private void begin() {
    if (isOver()) {
      return;
    }
    send(keepAlive)
        .onSuccess(
            success -> {
              if (success) {
                for (int i = 0; i < CONCURRENCY; i++) {
                  next();
                }
              } else {
                vertx.setTimer(RETRY_PAUSE.toMillis(), fired -> begin());
              }
            });
  }

  private void next() {
    if (started == requests || isOver()) {
      return;
    }
    started++;
    send(started % NEW_CONNECTION_EVERY == 0 ? fresh : keepAlive)
        .onSuccess(
            success -> {
              ended++;
              answered += success ? 1 : 0;
              if (ended == requests) {
                done.tryComplete(answered);
              }
              next();
            });
  }

  private boolean isOver() {
    if (enough.getAsBoolean()) {
      done.tryComplete(answered);
    }
    return done.future().isComplete();
  }

  /** Whether the answer was 2xx; never fails. */
  private Future<Boolean> send(HttpClient client) {
    return client
        .request(HttpMethod.GET, port, "127.0.0.1", uri)
        .compose(request -> request.send().compose(WarmUpRun::success))
        .otherwise(false);
  }

  private static Future<Boolean> success(HttpClientResponse response) {
    return response.body().map(body -> response.statusCode() / 100 == 2);
  }
}
