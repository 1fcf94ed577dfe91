package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Iterator;
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
    Iterator<? extends Map.Entry<? extends CharSequence, ? extends CharSequence>> headers =
        from instanceof io.netty.handler.codec.http.HttpHeaders asRead
            ? asRead.iteratorCharSequence() // Strings would have to be made of them.
            : from.iterator();
    while (headers.hasNext()) {
      if (++count > most) {
        return Problem.TOO_MANY;
      }
      Map.Entry<? extends CharSequence, ? extends CharSequence> header = headers.next();
      CharSequence name = header.getKey();
      if (staysBehind(name)
          || (!named.isEmpty() && named.contains(name.toString().toLowerCase(Locale.ROOT)))) {
        continue;
      }
      // A decoder lets through names that are none, such as one with a space in it.
      if (name.length() == 0 || HttpHeaderValidationUtil.validateToken(name) >= 0) {
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

  /** Whether a header of this name is never passed on. */
  static boolean staysBehind(CharSequence name) {
    return switch (name.length()) {
      case 2 -> is(name, "te");
      case 6 -> is(name, "expect");
      case 7 -> is(name, "upgrade") || is(name, "trailer");
      case 10 -> is(name, "connection") || is(name, "keep-alive");
      case 14 -> is(name, "http2-settings") || isTwin(name, "content-length");
      case 15 -> isTwin(name, "x-forwarded-for") || isTwin(name, "x-amzn-trace-id");
      case 16 -> is(name, "proxy-connection") || isTwin(name, "x-forwarded-port");
      case 17 ->
          is(name, "transfer-encoding")
              || isTwin(name, "transfer-encoding")
              || isTwin(name, "x-forwarded-proto");
      case 18 -> is(name, "proxy-authenticate");
      case 19 -> is(name, "proxy-authorization");
      default -> false;
    };
  }

  private static boolean is(CharSequence name, String other) {
    return AsciiString.contentEqualsIgnoreCase(name, other);
  }

  /** Whether CGI and WSGI, which turn hyphens into underscores, take the one for the other. */
  private static boolean isTwin(CharSequence name, String of) {
    return AsciiString.indexOf(name, '_', 0) >= 0 && is(name.toString().replace('_', '-'), of);
  }
}
