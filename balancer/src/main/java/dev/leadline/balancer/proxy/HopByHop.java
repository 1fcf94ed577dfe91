package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies the headers that are meant for the other end. What belongs to one connection only stays
 * behind: the fixed set, and whatever {@code Connection} names (RFC 9110, section 7.6.1). So does
 * what a target could take for a header that frames the message or that the balancer sets.
 */
final class HopByHop {

  /** Why headers cannot be passed on. */
  enum Problem {
    /** One of them is none. */
    MALFORMED(EndReason.HEADER_FORM, EndReason.ANSWER_HEADER),
    /** There are more than allowed. */
    TOO_MANY(EndReason.TOO_MANY_HEADERS, EndReason.ANSWER_HEADERS);

    private final EndReason ofRequest;
    private final EndReason ofAnswer;

    Problem(EndReason ofRequest, EndReason ofAnswer) {
      this.ofRequest = ofRequest;
      this.ofAnswer = ofAnswer;
    }

    /** Why a request with such headers ends. */
    EndReason ofRequest() {
      return ofRequest;
    }

    /** Why an answer with such headers is not passed on. */
    EndReason ofAnswer() {
      return ofAnswer;
    }
  }

  private HopByHop() {}

  /**
   * Adds the end-to-end headers of {@code from} to {@code to}.
   *
   * @param most how many headers {@code from} may have
   * @return null if all of them were fit to be passed on; if not, some may be missing
   */
  static @Nullable Problem copyEndToEnd(MultiMap from, MultiMap to, int most) {
    Set<String> named = namedBy(from.getAll(HttpHeaders.CONNECTION));
    int count = 0;
    for (Map.Entry<String, String> header : from) {
      if (++count > most) {
        return Problem.TOO_MANY;
      }
      String name = header.getKey();
      if (staysBehind(name)
          || (!named.isEmpty() && named.contains(name.toLowerCase(Locale.ROOT)))) {
        continue;
      }
      // A decoder lets through names that are none, such as one with a space in it.
      if (name.isEmpty() || HttpHeaderValidationUtil.validateToken(name) >= 0) {
        return Problem.MALFORMED;
      }
      try {
        to.add(name, header.getValue());
      } catch (IllegalArgumentException e) {
        return Problem.MALFORMED; // An encoder is stricter about values than the decoder was.
      }
    }
    return null;
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

  /** The headers that {@code Connection} names, in small letters; hardly ever any. */
  private static Set<String> namedBy(List<String> connection) {
    Set<String> named = Set.of();
    for (String value : connection) {
      if (!value.equalsIgnoreCase("keep-alive") && !value.equalsIgnoreCase("close")) {
        named = named.isEmpty() ? new HashSet<>() : named;
        for (String token : value.split(",", -1)) {
          named.add(token.trim().toLowerCase(Locale.ROOT));
        }
      }
    }
    if (!named.isEmpty()) {
      // A sender may not strip what frames or addresses the message.
      named.remove("content-length");
      named.remove("host");
    }
    return named;
  }

  /** Whether one of these comma-separated lists has this element; case does not count. */
  static boolean hasToken(List<String> lists, String name) {
    for (String value : lists) {
      for (String token : value.split(",", -1)) {
        if (token.trim().equalsIgnoreCase(name)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean staysBehind(String name) {
    return switch (name.length()) {
      case 2 -> name.equalsIgnoreCase("te");
      case 6 -> name.equalsIgnoreCase("expect");
      case 7 -> name.equalsIgnoreCase("upgrade") || name.equalsIgnoreCase("trailer");
      case 10 -> name.equalsIgnoreCase("connection") || name.equalsIgnoreCase("keep-alive");
      case 14 -> name.equalsIgnoreCase("http2-settings") || isTwin(name, "content-length");
      case 15 -> isTwin(name, "x-forwarded-for") || isTwin(name, "x-amzn-trace-id");
      case 16 -> name.equalsIgnoreCase("proxy-connection") || isTwin(name, "x-forwarded-port");
      case 17 ->
          name.equalsIgnoreCase("transfer-encoding")
              || isTwin(name, "transfer-encoding")
              || isTwin(name, "x-forwarded-proto");
      case 18 -> name.equalsIgnoreCase("proxy-authenticate");
      case 19 -> name.equalsIgnoreCase("proxy-authorization");
      default -> false;
    };
  }

  /** Whether CGI and WSGI, which turn hyphens into underscores, take the one for the other. */
  private static boolean isTwin(String name, String of) {
    return name.indexOf('_') >= 0 && name.replace('_', '-').equalsIgnoreCase(of);
  }
}
