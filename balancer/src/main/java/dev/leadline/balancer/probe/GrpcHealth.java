package dev.leadline.balancer.probe;

import dev.leadline.balancer.connect.TargetResponse;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The health check of gRPC, {@code grpc.health.v1.Health/Check}. Its two messages have one field
 * each, so that they are written and read by hand here.
 */
final class GrpcHealth {

  private static final String NAME = "grpc.health.v1.Health/Check";
  private static final int PREFIX_BYTES = 5;
  private static final byte SERVICE_FIELD = 0x0a;
  private static final byte STATUS_FIELD = 0x08;
  private static final int SERVING = 1;
  private static final List<String> STATUSES =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");

  private GrpcHealth() {}

  static RequestOptions head(String userAgent) {
    return new RequestOptions()
        .setMethod(HttpMethod.POST)
        .setURI("/" + NAME)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
        .putHeader("te", "trailers")
        .putHeader(HttpHeaders.USER_AGENT, userAgent);
  }

  /**
   * Asks about a service.
   *
   * @param service at most 127 characters of ASCII; empty: the whole server
   */
  static Buffer question(String service) {
    byte[] name = service.getBytes(StandardCharsets.US_ASCII);
    int length = name.length == 0 ? 0 : name.length + 2;
    Buffer message = Buffer.buffer().appendByte((byte) 0).appendInt(length);
    return length == 0
        ? message
        : message.appendByte(SERVICE_FIELD).appendByte((byte) name.length).appendBytes(name);
  }

  /** Why the target is not healthy, if it is not. */
  static Optional<String> failure(TargetResponse answer, Buffer body) {
    if (answer.statusCode() != 200) {
      return Optional.of(NAME + " answered with status " + answer.statusCode());
    }
    // An answer without messages has it in its head.
    MultiMap last =
        answer.trailers().contains("grpc-status") ? answer.trailers() : answer.headers();
    String grpcStatus = last.get("grpc-status");
    if (!"0".equals(grpcStatus)) {
      return Optional.of(
          NAME + (grpcStatus == null ? " had no grpc-status" : " had grpc-status " + grpcStatus));
    }
    int status = status(body);
    return status == SERVING
        ? Optional.empty()
        : Optional.of(
            NAME + " answered " + (status < STATUSES.size() ? STATUSES.get(status) : status));
  }

  /** The status in a message; without the field it is 0. */
  private static int status(Buffer body) {
    boolean there =
        body.length() >= PREFIX_BYTES + 2
            && body.getByte(0) == 0
            && body.getByte(PREFIX_BYTES) == STATUS_FIELD;
    return there ? body.getByte(PREFIX_BYTES + 1) & 0x7f : 0;
  }
}
