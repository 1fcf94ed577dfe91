package dev.leadline.balancer.proxy;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Answers over HTTP/2 that are whole here, and that their clients have not taken: a client that
 * grants no window could keep one for ever. Not thread-safe.
 */
final class UnsentAnswers {

  private final Map<HttpServerRequest, Long> sinceNanos = new LinkedHashMap<>();

  /**
   * The answer to this request has been ended. Above the limit the oldest ones are given up.
   *
   * @param most how many may wait
   * @param sent comes when all of it is on its way to the client, or never will be
   */
  void add(HttpServerRequest request, Future<Void> sent, long nowNanos, int most) {
    if (!sent.isComplete()) {
      sinceNanos.put(request, nowNanos);
      sent.onComplete(done -> sinceNanos.remove(request));
      if (sinceNanos.size() > most) {
        Iterator<HttpServerRequest> oldest = sinceNanos.keySet().iterator();
        HttpServerRequest first = oldest.next();
        oldest.remove();
        Http2.breakOff(first);
      }
    }
  }

  /** Resets the streams of those that were ended before this time. */
  void resetOlderThan(long nanos) {
    Iterator<Map.Entry<HttpServerRequest, Long>> oldest = sinceNanos.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<HttpServerRequest, Long> next = oldest.next();
      if (next.getValue() - nanos > 0) {
        return;
      }
      oldest.remove();
      Http2.breakOff(next.getKey());
    }
  }
}
