package dev.leadline.balancer.proxy;

import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;

/**
 * Copies the headers that are meant for the other end. What belongs to one connection only stays
 * behind: the fixed set, and whatever {@code Connection} names (RFC 9110, section 7.6.1).
 */
final class HopByHop {

  private HopByHop() {}

  /**
   * Adds the end-to-end headers of {@code from} to {@code to}.
   *
   * @return whether all of them were fit to be passed on; if not, some may be missing
   */
  static boolean copyEndToEnd(MultiMap from, MultiMap to) {
    List<String> connection = from.getAll(HttpHeaders.CONNECTION);
    boolean named = namesHeaders(connection);
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey();
      if (isHopByHop(name) || (named && isNamed(connection, name))) {
        continue;
      }
      // A decoder lets through names that are none, such as one with a space in it.
      if (name.isEmpty() || HttpHeaderValidationUtil.validateToken(name) >= 0) {
        return false;
      }
      try {
        to.add(name, header.getValue());
      } catch (IllegalArgumentException e) {
        return false; // An encoder is stricter about values than the decoder was.
      }
    }
    return true;
  }

  /** Whether the request has a body, of which something may still come. */
  static boolean hasBody(HttpServerRequest request) {
    if (Http2.carries(request)) {
      return Http2.hasOpenBody(request);
    }
    MultiMap headers = request.headers();
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    return length != null ? !length.equals("0") : headers.contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** Whether {@code Connection} says more than close or keep-alive, as it hardly ever does. */
  private static boolean namesHeaders(List<String> connection) {
    for (String value : connection) {
      if (!value.equalsIgnoreCase("keep-alive") && !value.equalsIgnoreCase("close")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(List<String> connection, String name) {
    // A sender may not strip what frames or addresses the message.
    if (name.equalsIgnoreCase("content-length") || name.equalsIgnoreCase("host")) {
      return false;
    }
    for (String value : connection) {
      for (String token : value.split(",", -1)) {
        if (token.trim().equalsIgnoreCase(name)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isHopByHop(String name) {
    return switch (name.length()) {
      case 2 -> name.equalsIgnoreCase("te");
      case 6 -> name.equalsIgnoreCase("expect");
      case 7 -> name.equalsIgnoreCase("upgrade") || name.equalsIgnoreCase("trailer");
      case 10 -> name.equalsIgnoreCase("connection") || name.equalsIgnoreCase("keep-alive");
      case 14 -> name.equalsIgnoreCase("http2-settings");
      case 16 -> name.equalsIgnoreCase("proxy-connection");
      case 17 -> name.equalsIgnoreCase("transfer-encoding");
      case 18 -> name.equalsIgnoreCase("proxy-authenticate");
      case 19 -> name.equalsIgnoreCase("proxy-authorization");
      default -> false;
    };
  }
}
