package dev.leadline.balancer.proxy;

import dev.leadline.balancer.connect.TargetRequest;
import dev.leadline.balancer.observe.EndReason;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What follows the body of a request. Some targets add trailers to the headers, which the balancer
 * has checked before: trailers whose names mean something there are left out (RFC 9110, section
 * 6.5.1), and so are those that are headers of the request. Not thread-safe.
 */
final class RequestTrailers {

  /** Those of a request that has none. */
  static final RequestTrailers NONE = new RequestTrailers(TargetRequest.NO_TRAILERS);

  private static final RequestTrailers TOO_LONG = new RequestTrailers(null);

  private static final String ANNOUNCEMENT = "trailer";

  /** They stay in memory while the target does not take the body. */
  private static final int MOST_BYTES = 8 * 1024;

  private static final int HEADER_BYTES = 32; // What HTTP/2 counts beside name and value.

  /** In small letters; what {@link HopByHop} leaves out is missing here. */
  private static final Set<String> NAMES_OF_HEADERS =
      Set.of(
          // How the message is framed, and what its content is.
          "content-length",
          "content-encoding",
          "content-location",
          "content-range",
          "content-type",
          // Where it goes, and on whose behalf.
          "authorization",
          "cookie",
          "forwarded",
          "host",
          "max-forwards",
          "origin",
          "set-cookie",
          "traceparent",
          "tracestate",
          "via",
          "www-authenticate",
          "x-real-ip",
          // What is to be done with it.
          "cache-control",
          "pragma",
          "range",
          "x-http-method-override");

  private final @Nullable MultiMap received;

  private RequestTrailers(@Nullable MultiMap received) {
    this.received = received;
  }

  /** Those that have come after a body. */
  static RequestTrailers of(MultiMap received) {
    int bytes = 0;
    for (Map.Entry<String, String> each : received) {
      bytes += each.getKey().length() + each.getValue().length() + HEADER_BYTES;
    }
    return bytes == 0 ? NONE : bytes > MOST_BYTES ? TOO_LONG : new RequestTrailers(received);
  }

  /**
   * Those that a target gets.
   *
   * @param headers what it got before the body
   * @param most how many may have come
   * @throws Refused if the request must not be completed with them
   */
  MultiMap fit(MultiMap headers, int most) {
    if (this == NONE) {
      return TargetRequest.NO_TRAILERS;
    }
    if (received == null) {
      throw new Refused(EndReason.TRAILERS_TOO_LONG);
    }
    MultiMap fit = HttpHeaders.headers();
    HopByHop.Problem unfit = HopByHop.copyEndToEnd(received, fit, most);
    if (unfit != null) {
      throw new Refused(unfit.ofRequest());
    }
    for (String name : List.copyOf(fit.names())) {
      if (!mayFollow(name) || headers.contains(name) || headers.contains(plain(name))) {
        fit.remove(name);
      }
    }
    return fit;
  }

  /**
   * Passes on which trailers a request is going to have: some targets drop others.
   *
   * @param from the headers of the client
   * @param to those of the target
   */
  static void announce(MultiMap from, MultiMap to) {
    if (from.contains(ANNOUNCEMENT)) {
      String names =
          from.getAll(ANNOUNCEMENT).stream()
              .flatMap(list -> List.of(list.split(",", -1)).stream())
              .map(String::trim)
              .filter(name -> !name.isEmpty() && mayFollow(name))
              .collect(Collectors.joining(", "));
      if (!names.isEmpty()) {
        to.set(ANNOUNCEMENT, names);
      }
    }
  }

  private static boolean mayFollow(String name) {
    String plain = plain(name);
    return !NAMES_OF_HEADERS.contains(plain)
        && !HopByHop.staysBehind(plain)
        && !plain.startsWith("if-")
        && !plain.startsWith("x-forwarded-");
  }

  /** As CGI and WSGI read it, which turn hyphens into underscores. */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
