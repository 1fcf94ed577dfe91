package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * The body of an answer of the balancer's own: one line of text, or JSON where the client prefers
 * it.
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
    if (prefersJson(accept)) {
      return new OwnBody(
          JSON,
          new JsonObject()
                  .put("status", reason.status())
                  .put("error", phrase)
                  .put("code", reason.code())
                  .put("reason", reason.text())
                  .encode()
              + "\n");
    }
    return new OwnBody(TEXT, reason.status() + " " + phrase + ": " + reason.text() + "\n");
  }

  /** Whether JSON has the highest weight among what is accepted; of equals the first counts. */
  static boolean prefersJson(List<String> accept) {
    boolean json = false;
    double best = 0;
    for (String value : accept) {
      for (String range : value.split(",", -1)) {
        String[] parts = range.toLowerCase(Locale.ROOT).split(";", -1);
        double weight = weight(parts);
        if (weight > best) {
          best = weight;
          json = isJson(parts[0].trim());
        }
      }
    }
    return json;
  }

  private static boolean isJson(String type) {
    return type.equals("application/json")
        || type.equals("application/*")
        || (type.startsWith("application/") && type.endsWith("+json"));
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
