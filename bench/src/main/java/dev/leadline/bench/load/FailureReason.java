package dev.leadline.bench.load;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.http.HttpClosedException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Puts the ways a request can fail into a few words each, so that equal failures count as one. */
final class FailureReason {
  /** Begins what is said of a handshake that failed. */
  static final String NOT_ACCEPTED = "certificate not accepted, or no TLS";

  private FailureReason() {}

  static String timeout(Duration timeout, @Nullable Long sentNanos, @Nullable Long firstByteNanos) {
    String missing =
        sentNanos == null
            ? "no connection"
            : firstByteNanos == null ? "no answer" : "half an answer";
    return "timeout: %s within %s s"
        .formatted(
            missing,
            timeout.toMillis() % 1000 == 0 ? timeout.toSeconds() : timeout.toMillis() / 1000.0);
  }

  static String describe(
      Throwable failure, @Nullable Long sentNanos, @Nullable Long firstByteNanos) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (failure instanceof UnknownHostException) {
      return "host name does not resolve";
    }
    if (failure instanceof ConnectTimeoutException) {
      return "connection timed out";
    }
    if (failure instanceof ConnectException && message.contains("refused")) {
      return "connection refused";
    }
    if (message.contains("connection reset") || message.contains("broken pipe")) {
      return "connection reset";
    }
    if (failure instanceof SSLException) {
      return NOT_ACCEPTED + ": " + failure.getMessage();
    }
    if (failure instanceof HttpClosedException || message.contains("connection was closed")) {
      return sentNanos == null
          ? "connection closed before the request"
          : firstByteNanos == null
              ? "connection closed without an answer"
              : "connection closed in the middle of the answer";
    }
    return failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
