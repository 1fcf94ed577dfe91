package dev.leadline.balancer.tracing;

import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Spans as a request for a collector, in the JSON form of OTLP. Names and attributes are those of
 * OpenTelemetry's conventions for HTTP; {@code leadline.*} are our own.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding">OTLP</a>
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">HTTP spans</a>
 */
final class OtlpJson {

  private static final int SERVER = 2;
  private static final int CLIENT = 3;
  private static final int ERROR = 2;

  /** Any other one is a client's text, which must not make names of spans. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private final JsonObject resource;
  private final JsonObject scope;

  /**
   * @param version of the balancer
   */
  OtlpJson(String version) {
    resource =
        new JsonObject()
            .put(
                "attributes",
                new Attributes()
                    .add("service.name", "leadline")
                    .add("service.version", version)
                    .list);
    scope = new JsonObject().put("name", "dev.leadline.balancer").put("version", version);
  }

  /** The body of a request. */
  byte[] of(List<RequestSpans> requests) {
    JsonArray spans = new JsonArray();
    for (RequestSpans request : requests) {
      spans.add(server(request));
      request.attempts().forEach(it -> spans.add(client(request, it)));
    }
    JsonObject scoped = new JsonObject().put("scope", scope).put("spans", spans);
    return new JsonObject()
        .put(
            "resourceSpans",
            JsonArray.of(
                new JsonObject().put("resource", resource).put("scopeSpans", JsonArray.of(scoped))))
        .toBuffer()
        .getBytes();
  }

  private static JsonObject server(RequestSpans it) {
    Attributes attributes =
        method(it)
            .add("url.path", it.path())
            .add("url.scheme", it.isTls() ? "https" : "http")
            .add("server.address", it.serverAddress())
            .add("server.port", it.serverPort())
            .add("client.address", it.clientAddress())
            .add("network.protocol.version", version(it.version()))
            .add("http.response.status_code", it.status())
            .add("leadline.rule", it.rule())
            .add("leadline.target_group", it.group())
            .add("leadline.reason", it.reason());
    if (it.isError()) {
      attributes.add(
          "error.type", it.reason() == null ? Integer.toString(it.status()) : it.reason());
    }
    JsonObject span =
        span(it, it.spanId(), it.startEpochNanos(), it.endEpochNanos())
            .put("name", it.rule() == null ? name(it) : name(it) + " " + it.rule())
            .put("kind", SERVER)
            .put("attributes", attributes.list)
            .put("status", status(it.isError()));
    return it.parentId() == null ? span : span.put("parentSpanId", it.parentId());
  }

  private static JsonObject client(RequestSpans request, RequestSpans.Attempt it) {
    boolean isError = it.error() != null || it.status() >= 400;
    Attributes attributes =
        method(request)
            .add("server.address", it.target().address())
            .add("server.port", it.target().port())
            .add("http.response.status_code", it.status())
            .add("http.request.resend_count", it.purpose() == Purpose.RETRY ? 1 : 0)
            .add("leadline.target", it.target().id())
            .add("leadline.attempt", it.purpose().name().toLowerCase(Locale.ROOT))
            .add("leadline.result", it.result().name().toLowerCase(Locale.ROOT));
    if (isError) {
      attributes.add("error.type", it.error() == null ? Integer.toString(it.status()) : it.error());
    }
    return span(request, it.spanId(), it.startEpochNanos(), it.endEpochNanos())
        .put("parentSpanId", hex(request.spanId()))
        .put("name", name(request))
        .put("kind", CLIENT)
        .put("attributes", attributes.list)
        .put("status", status(isError));
  }

  /** Numbers of 64 bits are texts in this form. */
  private static JsonObject span(RequestSpans request, long id, long start, long end) {
    JsonObject span =
        new JsonObject()
            .put("traceId", request.traceId())
            .put("spanId", hex(id))
            .put("startTimeUnixNano", Long.toString(start))
            .put("endTimeUnixNano", Long.toString(Math.max(start, end)));
    return request.state() == null ? span : span.put("traceState", request.state());
  }

  private static JsonObject status(boolean isError) {
    return isError ? new JsonObject().put("code", ERROR) : new JsonObject();
  }

  private static String name(RequestSpans it) {
    return METHODS.contains(it.method()) ? it.method() : "HTTP";
  }

  private static Attributes method(RequestSpans it) {
    return METHODS.contains(it.method())
        ? new Attributes().add("http.request.method", it.method())
        : new Attributes()
            .add("http.request.method", "_OTHER")
            .add("http.request.method_original", it.method());
  }

  private static @Nullable String version(@Nullable HttpVersion version) {
    if (version == null) {
      return null;
    }
    return switch (version) {
      case HTTP_1_0 -> "1.0";
      case HTTP_1_1 -> "1.1";
      case HTTP_2 -> "2";
      case HTTP_3 -> "3";
    };
  }

  private static String hex(long id) {
    return HexFormat.of().toHexDigits(id);
  }

  /** Those that are not known are left out. */
  private static final class Attributes {
    private final JsonArray list = new JsonArray();

    Attributes add(String key, @Nullable String value) {
      return value == null ? this : add(key, new JsonObject().put("stringValue", value));
    }

    /** A number above 0. */
    Attributes add(String key, int value) {
      return value == 0
          ? this
          : add(key, new JsonObject().put("intValue", Integer.toString(value)));
    }

    private Attributes add(String key, JsonObject value) {
      list.add(new JsonObject().put("key", key).put("value", value));
      return this;
    }
  }
}
