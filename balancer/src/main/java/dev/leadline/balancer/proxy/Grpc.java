package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetResponse;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.routing.target.Outcome;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is different about a call of gRPC: its outcome is not the status of HTTP. */
final class Grpc {

  static final String STATUS = "grpc-status";
  static final String MESSAGE = "grpc-message";
  private static final String TYPE = "application/grpc";

  private Grpc() {}

  /** Whether the client waits for an answer of gRPC. */
  static boolean isCall(HttpServerRequest request) {
    return Http2.carries(request) && isGrpc(request.headers().get(HttpHeaders.CONTENT_TYPE));
  }

  private static boolean isGrpc(@Nullable String type) {
    return type != null
        && type.startsWith(TYPE)
        && (type.length() == TYPE.length() || "+;".indexOf(type.charAt(TYPE.length())) >= 0);
  }

  /** What a complete answer says about its target; one that is not of gRPC succeeded. */
  static Outcome outcome(TargetResponse answer) {
    if (!isGrpc(answer.headers().get(HttpHeaders.CONTENT_TYPE))) {
      return Outcome.SUCCEEDED;
    }
    String status = answer.trailers().get(STATUS);
    return outcome(status == null ? answer.headers().get(STATUS) : status);
  }

  /**
   * What a code says about the target. Codes that tell of the call itself, such as NOT_FOUND or
   * INVALID_ARGUMENT, are answers like any other.
   */
  static Outcome outcome(@Nullable String code) {
    if (code == null) {
      return Outcome.FAILED;
    }
    return switch (code) {
      case "1" -> Outcome.IGNORED; // CANCELLED
      case "2", // UNKNOWN
          "4", // DEADLINE_EXCEEDED
          "13", // INTERNAL
          "14", // UNAVAILABLE
          "15" -> // DATA_LOSS
          Outcome.FAILED;
      default -> Outcome.SUCCEEDED;
    };
  }

  /** Puts an answer of the balancer's own together: a head and nothing else. */
  static void refuse(HttpServerResponse response, EndReason reason) {
    response
        .setStatusCode(200)
        .putHeader(HttpHeaders.CONTENT_TYPE, TYPE)
        .putHeader(STATUS, Integer.toString(code(reason.status())))
        .putHeader(MESSAGE, percentEncoded(reason.text()));
  }

  /** The code that gRPC has for a status of HTTP. */
  static int code(int status) {
    return switch (status) {
      case 400 -> 13; // INTERNAL
      case 401 -> 16; // UNAUTHENTICATED
      case 403 -> 7; // PERMISSION_DENIED
      case 404 -> 12; // UNIMPLEMENTED
      case 429, 502, 503, 504 -> 14; // UNAVAILABLE
      default -> 2; // UNKNOWN
    };
  }

  private static String percentEncoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        encoded.append((char) b);
      } else {
        encoded.append(String.format("%%%02X", b & 0xff));
      }
    }
    return encoded.toString();
  }
}
