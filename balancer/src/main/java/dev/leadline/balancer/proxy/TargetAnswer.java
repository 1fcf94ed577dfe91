package dev.leadline.balancer.proxy;

import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can be told of a target's answer from its head. */
final class TargetAnswer {

  /** Answers up to this size are collected and sent in one write: one packet, one system call. */
  private static final int SMALL_BYTES = 16 * 1024;

  private TargetAnswer() {}

  /** Why this answer must not be passed on, or null if it may. */
  static @Nullable String problem(HttpClientResponse answer) {
    if (answer.statusCode() < 200 || answer.statusCode() > 599) {
      return "the target answered with a status that makes no sense here";
    }
    List<String> codings = answer.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    boolean understood =
        codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"));
    return understood ? null : "the target answered in an encoding that is not chunked";
  }

  /** Whether its body is announced to be so small that it is passed on in one piece. */
  static boolean isSmall(HttpClientResponse answer) {
    String length = answer.headers().get(HttpHeaders.CONTENT_LENGTH);
    // At most five digits: the decoder has already refused what is not a number.
    return length != null && length.length() <= 5 && Integer.parseInt(length) <= SMALL_BYTES;
  }
}
