package dev.leadline.bench.load;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.http.HttpClosedException;
import java.math.BigDecimal;
import java.net.BindException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Puts the ways a request can fail into a few words each, so that equal failures count as one. */
final class FailureReason {
  /** Begins what is said of a handshake that failed. */
  static final String NOT_ACCEPTED = "certificate not accepted, or no TLS";

  private static final int MAX_CHARS = 200;

  private static final Pattern CLASS_NAME =
      Pattern.compile("(?:[a-z_][\\w$]*\\.)+[A-Z][\\w$]*:?|\\b[A-Z]\\w*(?:Exception|Error):?");

  /** {@code : localhost/127.0.0.1:80}, {@code [id: 0x12, L:/127.0.0.1:4 - R:/127.0.0.1:80]}. */
  private static final Pattern OF_ONE_CONNECTION =
      Pattern.compile(":? ?\\S*/[0-9a-fA-F.:\\[\\]%]+:\\d+|\\[id: [^\\]]*\\]");

  /** This process may open no more files. */
  static final String NO_FILE = "no open file left for another connection (raise `ulimit -n`)";

  /** Every local port is in use, or was until a minute ago. */
  static final String NO_PORT = "no free port of this machine for another connection";

  private FailureReason() {}

  /** Whether the other side ended the connection, however it did. */
  static boolean connectionLost(Throwable failure) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return failure instanceof HttpClosedException
        || message.contains("connection was closed")
        || wasReset(message);
  }

  private static boolean wasReset(String message) {
    return message.contains("connection reset") || message.contains("broken pipe");
  }

  static String timeout(Duration timeout, boolean sent, boolean begun) {
    String missing = sent ? begun ? "half an answer" : "no answer" : "no connection";
    String seconds = BigDecimal.valueOf(timeout.toMillis(), 3).stripTrailingZeros().toPlainString();
    return "timeout: %s within %s s".formatted(missing, seconds);
  }

  static String describe(Throwable failure, boolean sent, boolean begun) {
    String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (failure instanceof UnknownHostException) {
      return "host name does not resolve";
    }
    if (message.contains("too many open files")) {
      return NO_FILE;
    }
    if (message.contains("cannot assign requested address") || failure instanceof BindException) {
      return NO_PORT;
    }
    if (failure instanceof ConnectTimeoutException) {
      return "connection timed out";
    }
    if (failure instanceof ConnectException && message.contains("refused")) {
      return "connection refused";
    }
    if (wasReset(message)) {
      return "connection reset";
    }
    if (failure instanceof SSLException) {
      return NOT_ACCEPTED + ": " + plain(failure.getMessage());
    }
    if (message.contains("no route to host")) {
      return "no route to the host";
    }
    if (message.contains("unreachable")) {
      return "network unreachable";
    }
    if (failure instanceof DecoderException
        || failure instanceof IllegalArgumentException
        || message.contains("http version")) {
      return "not an answer of HTTP";
    }
    if (connectionLost(failure)) {
      return sent
          ? begun
              ? "connection closed in the middle of the answer"
              : "connection closed without an answer"
          : "connection closed before the request";
    }
    return plain(failure.getMessage());
  }

  /** A message without names of classes, and without an address and port of one connection. */
  private static String plain(@Nullable String message) {
    if (message == null || message.isBlank()) {
      return "failed for an unknown reason";
    }
    String text = OF_ONE_CONNECTION.matcher(message.strip()).replaceAll("");
    text = CLASS_NAME.matcher(text).replaceAll("").replaceAll("\\s+", " ").strip();
    return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "...";
  }
}
