package dev.leadline.bench.load;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** One request and its answer, from the first step to its one end. Belongs to an event loop. */
final class Exchange {
  static final long NEVER = -1;
  static final int NO_STATUS = 0;

  /** Connections that were opened together are often closed together. */
  private static final int MAX_REPEATS = 3;

  private final LoadLoop loop;
  private final int row;
  private final long intendedNanos;
  private final long startNanos;
  private long sentNanos = NEVER;
  private long firstByteNanos = NEVER;
  private long endNanos;
  private int status;
  private @Nullable Buffer body;
  private @Nullable String instance;
  private @Nullable String error;
  private @Nullable Connection connection;
  private @Nullable HttpClientRequest request;
  private boolean keepsConnection;
  private int repeats;
  private boolean ended;

  Exchange(LoadLoop loop, int row, long intendedNanos, long startNanos) {
    this.loop = loop;
    this.row = row;
    this.intendedNanos = intendedNanos;
    this.startNanos = startNanos;
  }

  void sendOn(Connection open) {
    connection = open;
    open.http()
        .request(loop.options())
        .onComplete(
            (made, failure) -> {
              if (failure != null) {
                failed(failure);
              } else if (ended) {
                made.reset();
              } else {
                send(made);
              }
            });
  }

  private void send(HttpClientRequest made) {
    request = made;
    if (!sent()) {
      loop.written();
    }
    sentNanos = loop.now();
    Buffer content = loop.body();
    (content == null ? made.send() : made.send(content))
        .onComplete(
            (response, failure) -> {
              if (failure != null) {
                failed(failure);
              } else {
                read(response);
              }
            });
  }

  private void read(HttpClientResponse response) {
    if (ended) {
      return;
    }
    firstByteNanos = loop.now();
    status = response.statusCode();
    keepsConnection = keepsConnection(response);
    response.exceptionHandler(this::failed);
    if (loop.check().readsBody()) {
      response.handler(this::append);
    }
    response.endHandler(nothing -> whole());
  }

  private void append(Buffer part) {
    if (ended) {
      return;
    }
    Buffer before = body;
    if (before == null) {
      body = part;
    } else if (before.length() + part.length() <= AnswerCheck.MAX_BODY_BYTES) {
      body = Buffer.buffer(before.length() + part.length()).appendBuffer(before).appendBuffer(part);
    } else {
      HttpClientRequest cutOff = request;
      end(InstanceAnswer.UNEXPECTED, multiplexed());
      if (cutOff != null) {
        cutOff.reset();
      }
    }
  }

  private void whole() {
    if (ended) {
      return;
    }
    String failure = loop.check().failure(status);
    if (failure == null && loop.check().readsBody()) {
      instance = body == null ? null : loop.check().instance(body);
      failure = instance == null ? InstanceAnswer.UNEXPECTED : null;
    }
    end(failure, keepsConnection);
  }

  /**
   * A kept connection may be closed by the server just as the next request is sent: clients send it
   * once more, on another connection (RFC 9110, 9.2.2).
   */
  private void failed(Throwable failure) {
    Connection used = connection;
    if (!ended
        && repeats < MAX_REPEATS
        && used != null
        && used.reused()
        && !answered()
        && FailureReason.connectionLost(failure)
        && loop.mayRepeat()) {
      repeats++;
      connection = null;
      request = null;
      loop.repeat(this, used);
    } else {
      end(failure);
    }
  }

  void end(Throwable failure) {
    // A lost HTTP/2 connection ends its requests before it says that it is closed.
    end(
        FailureReason.describe(failure, sent(), answered()),
        multiplexed() && !FailureReason.connectionLost(failure));
  }

  void giveUp() {
    HttpClientRequest unanswered = request;
    end(FailureReason.timeout(loop.timeout(), sent(), answered()), multiplexed());
    if (unanswered != null) {
      unanswered.reset();
    }
  }

  private void end(@Nullable String failure, boolean connectionIntact) {
    if (ended) {
      return;
    }
    ended = true;
    endNanos = loop.now();
    error = failure;
    body = null;
    request = null;
    Connection used = connection;
    connection = null;
    loop.ended(this, used, connectionIntact);
  }

  /** One request's failure leaves a connection of HTTP/2 as it is; one that closes says so. */
  private boolean multiplexed() {
    return connection != null && connection.http().protocolVersion() == HttpVersion.HTTP_2;
  }

  private static boolean keepsConnection(HttpClientResponse response) {
    HttpVersion version = response.version();
    if (version == HttpVersion.HTTP_2) {
      return true;
    }
    String option = response.getHeader(HttpHeaders.CONNECTION);
    return version == HttpVersion.HTTP_1_1
        ? option == null || !"close".equalsIgnoreCase(option)
        : "keep-alive".equalsIgnoreCase(option);
  }

  boolean ended() {
    return ended;
  }

  boolean answered() {
    return firstByteNanos != NEVER;
  }

  boolean sent() {
    return sentNanos != NEVER;
  }

  /** Where it is recorded. */
  int row() {
    return row;
  }

  long intendedNanos() {
    return intendedNanos;
  }

  long startNanos() {
    return startNanos;
  }

  long sentNanos() {
    return sentNanos;
  }

  long firstByteNanos() {
    return firstByteNanos;
  }

  long endNanos() {
    return endNanos;
  }

  int status() {
    return status;
  }

  @Nullable String instance() {
    return instance;
  }

  @Nullable String error() {
    return error;
  }
}
