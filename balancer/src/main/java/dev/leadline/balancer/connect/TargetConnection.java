package dev.leadline.balancer.connect;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;

/** An open connection to a target. Not thread-safe: it belongs to one event loop. */
public interface TargetConnection {

  /** Hears of interim answers: those with a status of 1xx, before the final answer. */
  @FunctionalInterface
  interface InterimListener {
    /** An interim answer came; none is 101. */
    void interim(int status, MultiMap headers);
  }

  /** Begins a request on it. */
  Future<HttpClientRequest> request(RequestOptions options);

  /** Runs this once it is closed, whoever closed it. */
  void onClose(Runnable action);

  /** Closes it, with whatever is going on there. */
  void close();
}
