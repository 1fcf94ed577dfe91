package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The body of an answer of the balancer's own: JSON, or one line of text where the client prefers
 * text, as browsers do.
 *
 * @param type its Content-Type
 */
record OwnBody(CharSequence type, String content) {

  private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

  /**
   * Says why.
   *
   * @param phrase what the status is called
   * @param accept the values of the client's Accept
   */
  static OwnBody of(EndReason reason, String phrase, List<String> accept) {
    if (!prefersText(accept)) {
      return json(reason.status(), phrase, reason.code(), reason.text());
    }
    return new OwnBody(TEXT, reason.status() + " " + phrase + ": " + reason.text() + "\n");
  }

  private static OwnBody json(int status, String phrase, String code, String reason) {
    JsonObject content = new JsonObject().put("status", status).put("error", phrase);
    return new OwnBody(JSON, content.put("code", code).put("reason", reason).encode() + "\n");
  }

  /**
   * A whole answer of HTTP/1.1 with which the connection ends, to a client of which no request can
   * be read: so there is no Accept either, and it is JSON.
   */
  static byte[] lastAnswer(int status, String code, String reason) {
    String phrase = HttpResponseStatus.valueOf(status).reasonPhrase();
    OwnBody body = json(status, phrase, code, reason);
    return "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        .formatted(status, phrase, body.type(), body.content().length(), body.content())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Whether text has the highest weight among what is accepted, of equals the first, or JSON has
   * none.
   */
  static boolean prefersText(List<String> accept) {
    boolean text = false;
    double best = 0;
    for (String value : accept) {
      for (String range : value.split(",", -1)) {
        String[] parts = range.toLowerCase(Locale.ROOT).split(";", -1);
        String type = parts[0].trim();
        double weight = weight(parts);
        if (weight == 0 && type.equals("application/json")) {
          return true;
        }
        if (weight > best) {
          best = weight;
          text = type.startsWith("text/");
        }
      }
    }
    return text;
  }

  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].trim();
      if (parameter.startsWith("q=")) {
        try {
          return Double.parseDouble(parameter.substring(2).trim());
        } catch (NumberFormatException e) {
          return 0;
        }
      }
    }
    return 1;
  }
}
