package dev.leadline.balancer.probe;

import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.balancer.connect.TargetResponse;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One GET of the balancer's own at a target. It is over when its time is up, wherever the target
 * stopped: before the connection, in the head, or in the middle of the body. Not thread-safe: it
 * belongs to one event loop.
 */
final class TimedGet implements TargetRequest.Listener {

  /** So much of an answer's body is read; the rest is cut off. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  /**
   * How it went.
   *
   * @param status of the answer
   * @param nanos from sending the request to the end of the answer
   * @param reusable whether the connection can serve another request
   * @param grpcFailure why a gRPC target is not healthy; empty if it is, or does not speak gRPC
   */
  record Answer(int status, long nanos, boolean reusable, Optional<String> grpcFailure) {
    boolean isSuccess() {
      return status / 100 == 2 && grpcFailure.isEmpty();
    }
  }

  private final Vertx vertx;
  private final long timer;
  private final Optional<Buffer> grpcQuestion;
  private final Buffer grpcAnswer = Buffer.buffer();
  private final Promise<Answer> result = Promise.promise();
  private final RequestOptions get;
  private @Nullable TargetConnection connection;
  private long sentNanos;
  private long bodyBytes;

  private TimedGet(Vertx vertx, RequestOptions get, Optional<Buffer> grpcQuestion, Duration limit) {
    this.vertx = vertx;
    this.get = get;
    this.grpcQuestion = grpcQuestion;
    timer =
        vertx.setTimer(
            limit.toMillis(),
            fired ->
                failed(
                    new TimeoutException("no complete answer within " + limit.toMillis() + " ms")));
  }

  /**
   * Sends one.
   *
   * @param connecting the connection to send it on. It is closed if the answer is not complete
   * @param get path and headers
   * @param grpcQuestion the body of a request that {@link GrpcHealth} has made
   * @param limit time for all of it, the connection included
   */
  static Future<Answer> send(
      Vertx vertx,
      Future<TargetConnection> connecting,
      RequestOptions get,
      Optional<Buffer> grpcQuestion,
      Duration limit) {
    TimedGet one = new TimedGet(vertx, get, grpcQuestion, limit);
    connecting.onComplete(one::connected, one::failed);
    return one.result.future();
  }

  /** The request: any other header than Host, which is the target's address. */
  static RequestOptions get(String path, String userAgent) {
    return new RequestOptions()
        .setMethod(HttpMethod.GET)
        .setURI(path)
        .putHeader(HttpHeaders.USER_AGENT, userAgent)
        .putHeader(HttpHeaders.ACCEPT, "*/*");
  }

  private void connected(TargetConnection opened) {
    if (result.future().isComplete()) {
      opened.close();
      return;
    }
    connection = opened;
    sentNanos = System.nanoTime();
    opened.begin(this);
  }

  @Override
  public void ready(TargetRequest request) {
    MultiMap headers = get.getHeaders();
    if (headers != null) {
      request.headers().addAll(headers);
    }
    grpcQuestion.ifPresent(
        asked ->
            request.headers().set(HttpHeaders.CONTENT_LENGTH, Integer.toString(asked.length())));
    request.send(get.getMethod(), get.getURI(), grpcQuestion.isPresent());
    grpcQuestion.ifPresent(
        asked -> {
          request.write(asked);
          request.end(TargetRequest.NO_TRAILERS);
        });
  }

  @Override
  public void interim(int status, MultiMap headers) {
    // The final answer is what counts.
  }

  @Override
  public void answered(TargetResponse response) {
    int status = response.statusCode();
    response.endHandler(
        end -> {
          boolean close =
              response.headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
          succeed(
              status,
              !close,
              grpcQuestion.flatMap(asked -> GrpcHealth.failure(response, grpcAnswer)));
        });
    response.handler(
        chunk -> {
          bodyBytes += chunk.length();
          if (bodyBytes > MAX_BODY_BYTES) {
            succeed(status, false, grpcQuestion.map(asked -> "the answer was too long"));
            close();
          } else if (grpcQuestion.isPresent()) {
            grpcAnswer.appendBuffer(chunk);
          }
        });
  }

  private void succeed(int status, boolean reusable, Optional<String> grpcFailure) {
    vertx.cancelTimer(timer);
    result.tryComplete(new Answer(status, System.nanoTime() - sentNanos, reusable, grpcFailure));
  }

  @Override
  public void failed(Throwable cause) {
    if (result.tryFail(cause)) {
      vertx.cancelTimer(timer);
      close();
    }
  }

  private void close() {
    TargetConnection used = connection;
    if (used != null) {
      used.close();
    }
  }
}
