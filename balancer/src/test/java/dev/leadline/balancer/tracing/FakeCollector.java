package dev.leadline.balancer.tracing;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What a collector of OpenTelemetry gets by OTLP/HTTP. */
final class FakeCollector implements AutoCloseable {

  /** A span as it was sent. */
  record Span(JsonObject json) {

    String text(String key) {
      return json.getString(key, "");
    }

    String name() {
      return text("name");
    }

    boolean isError() {
      return json.getJsonObject("status").getInteger("code", 0) == 2;
    }

    /** Value of an attribute, a number as a text; empty without it. */
    String attribute(String key) {
      return attribute(json, key).orElse("");
    }

    long nanos(String key) {
      return Long.parseLong(text(key));
    }

    private static Optional<String> attribute(JsonObject of, String key) {
      return of.getJsonArray("attributes").stream()
          .map(JsonObject.class::cast)
          .filter(it -> it.getString("key").equals(key))
          .map(it -> it.getJsonObject("value"))
          .map(it -> it.getString("stringValue", it.getString("intValue")))
          .findFirst();
    }
  }

  private final HttpServer server;
  private final BlockingQueue<Span> spans = new LinkedBlockingQueue<>();
  private final AtomicInteger requests = new AtomicInteger();

  /** One that answers with this status. */
  FakeCollector(int status) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          requests.incrementAndGet();
          if (status == 200
              && "application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
            read(new JsonObject(body));
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  private void read(JsonObject message) {
    for (Object resource : message.getJsonArray("resourceSpans")) {
      JsonObject of = (JsonObject) resource;
      if (!Span.attribute(of.getJsonObject("resource"), "service.name")
          .equals(Optional.of("leadline"))) {
        continue;
      }
      for (Object scoped : of.getJsonArray("scopeSpans")) {
        JsonArray all = ((JsonObject) scoped).getJsonArray("spans");
        all.forEach(span -> spans.add(new Span((JsonObject) span)));
      }
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces");
  }

  Span next() throws InterruptedException {
    Span span = spans.poll(20, TimeUnit.SECONDS);
    if (span == null) {
      throw new AssertionError("no span came");
    }
    return span;
  }

  int requests() {
    return requests.get();
  }

  int unread() {
    return spans.size();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
