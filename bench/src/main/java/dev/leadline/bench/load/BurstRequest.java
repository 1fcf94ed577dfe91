package dev.leadline.bench.load;

import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Sample;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One request and its answer, from the first step to its one end. Belongs to an event loop. */
final class BurstRequest {
  private static final int OK = 200;

  /** An instance's answer has some hundred bytes; whatever is longer is another answer. */
  private static final int MAX_BODY_BYTES = 64 * 1024;

  private final Burst burst;
  private final int index;
  private final boolean ofLab;
  private final Buffer body = Buffer.buffer();
  private long startNanos;
  private @Nullable Long sentNanos;
  private @Nullable Long firstByteNanos;
  private @Nullable Integer status;
  private boolean ended;
  private long endNanos;
  private @Nullable String error;

  BurstRequest(Burst burst, int index, boolean ofLab) {
    this.burst = burst;
    this.index = index;
    this.ofLab = ofLab;
  }

  int index() {
    return index;
  }

  void begin() {
    startNanos = burst.now();
    burst.begun();
  }

  void continueOn(Future<HttpClientConnection> connection, RequestOptions options) {
    connection
        .compose(open -> open.request(options))
        .compose(this::send)
        .compose(this::readBody)
        .onSuccess(nothing -> end(null))
        .onFailure(failure -> end(FailureReason.describe(failure, sentNanos, firstByteNanos)));
  }

  private Future<HttpClientResponse> send(HttpClientRequest request) {
    if (ended) {
      return Future.failedFuture("given up");
    }
    sentNanos = burst.now();
    burst.written();
    return request.send();
  }

  private Future<Void> readBody(HttpClientResponse response) {
    if (!ended) {
      firstByteNanos = burst.now();
      status = response.statusCode();
    }
    response.handler(
        part -> {
          if (body.length() + part.length() <= MAX_BODY_BYTES) {
            body.appendBuffer(part);
          } else if (ofLab) {
            end(InstanceAnswer.UNEXPECTED);
            response.request().reset();
          }
        });
    return response.end();
  }

  void giveUp(Duration timeout) {
    end(FailureReason.timeout(timeout, sentNanos, firstByteNanos));
  }

  private void end(@Nullable String failure) {
    if (ended) {
      return;
    }
    ended = true;
    endNanos = burst.now();
    error = failure;
    burst.ended(sentNanos != null);
  }

  /** Reads the body only now, after the burst, so that parsing delays no other request. */
  Sample sample(PlannedBurst planned) {
    String instanceId = null;
    String failure = error;
    if (failure == null && (status == null || status != OK)) {
      failure = "status " + status;
    } else if (failure == null && ofLab) {
      instanceId = InstanceAnswer.instanceId(body);
      failure = instanceId == null ? InstanceAnswer.UNEXPECTED : null;
    }
    return new Sample(
        planned.phase(),
        planned.round(),
        planned.cell().path(),
        planned.cell().balancer(),
        index,
        0,
        startNanos,
        sentNanos,
        firstByteNanos,
        endNanos,
        status,
        instanceId,
        failure);
  }
}
