package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
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
