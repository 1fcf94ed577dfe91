package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
import io.netty.handler.codec.http.HttpMessageDecoderResult;
import io.netty.handler.codec.http.InvalidLineSeparatorException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP decoder lets through and a proxy must not pass on: requests that a target might
 * read differently from us, which is how one client's request gets smuggled in front of another's.
 */
final class RequestCheck {

  // Limits of an Application Load Balancer.
  private static final int MAX_FORWARDED_FOR = 30;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final int MAX_LENGTH_DIGITS = 18; // What fits into a long in any case.

  private RequestCheck() {}

  /** Why this request must not be passed on, or null if it may. */
  static @Nullable EndReason check(HttpServerRequest request) {
    if (HttpMethod.TRACE.equals(request.method())) {
      return EndReason.TRACE;
    }
    if (HttpMethod.CONNECT.equals(request.method())) {
      return EndReason.CONNECT; // A target that agreed would make a tunnel of a kept connection.
    }
    HttpVersion version = request.version();
    MultiMap headers = request.headers();
    EndReason problem = uriProblem(request);
    if (problem == null) {
      problem = hostProblem(headers, version);
    }
    if (problem == null) {
      problem = transferEncodingProblem(headers, version);
    }
    if (problem == null && hasLongHeader(request)) {
      problem = EndReason.HEADER_TOO_LONG;
    }
    if (problem != null) {
      return problem;
    }
    if (headers.contains(HttpHeaders.EXPECT)
        && !headers.getAll(HttpHeaders.EXPECT).stream()
            .allMatch(it -> it.equalsIgnoreCase("100-continue"))) {
      return EndReason.EXPECTATION;
    }
    if (headers.contains(ForwardedHeaders.X_FORWARDED_FOR)
        && addresses(headers.getAll(ForwardedHeaders.X_FORWARDED_FOR)) > MAX_FORWARDED_FOR) {
      return EndReason.FORWARDED_FOR;
    }
    return null;
  }

  /** Why the decoder could not read this request. */
  static EndReason decoderProblem(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof Refused refused) {
      return refused.reason();
    }
    if (cause instanceof TooLongHttpLineException) {
      return EndReason.LINE_TOO_LONG;
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return EndReason.HEADERS_TOO_LONG;
    }
    if (cause instanceof InvalidLineSeparatorException) {
      return EndReason.LINE_END;
    }
    if (request.uri().equals(RequestDecoder.UNREADABLE)) {
      return EndReason.MALFORMED;
    }
    MultiMap headers = request.headers();
    EndReason problem = transferEncodingProblem(headers, request.version());
    if (problem == null && headers.contains(HttpHeaders.CONTENT_LENGTH)) {
      problem = contentLengthProblem(headers.getAll(HttpHeaders.CONTENT_LENGTH));
    }
    return problem == null ? EndReason.HEADER_FORM : problem;
  }

  private static @Nullable EndReason contentLengthProblem(List<String> lengths) {
    String length = lengths.get(0);
    boolean number =
        lengths.size() == 1
            && length.length() <= MAX_LENGTH_DIGITS
            && !length.isEmpty()
            && length.chars().allMatch(c -> c >= '0' && c <= '9');
    return number ? null : EndReason.CONTENT_LENGTH;
  }

  private static @Nullable EndReason uriProblem(HttpServerRequest request) {
    String uri = request.uri();
    if (uri.isEmpty() || uri.charAt(0) != '/') {
      boolean whole = uri.equals("*") && HttpMethod.OPTIONS.equals(request.method());
      return whole ? null : EndReason.PATH_FORM;
    }
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c <= 0x20 || c >= 0x7f) {
        return EndReason.PATH_CHARACTER;
      }
      if (c == '#') {
        return EndReason.PATH_FRAGMENT;
      }
    }
    return null;
  }

  /** Whether one header is longer than 16 KB; to be looked for only where all are, together. */
  private static boolean hasLongHeader(HttpServerRequest request) {
    if (request.decoderResult() instanceof HttpMessageDecoderResult result
        && result.headerSize() <= MAX_HEADER_BYTES) {
      return false;
    }
    for (Map.Entry<String, String> header : request.headers()) {
      if (header.getKey().length() + 2 + header.getValue().length() > MAX_HEADER_BYTES) {
        return true;
      }
    }
    return false;
  }

  private static int addresses(List<String> headers) {
    int count = headers.size();
    for (String header : headers) {
      for (int i = 0; i < header.length(); i++) {
        count += header.charAt(i) == ',' ? 1 : 0;
      }
    }
    return count;
  }

  private static @Nullable EndReason hostProblem(MultiMap headers, HttpVersion version) {
    List<String> hosts = headers.getAll(HttpHeaders.HOST);
    if (hosts.size() > 1) {
      return EndReason.HOST_REPEATED;
    }
    if (hosts.isEmpty()) {
      return version == HttpVersion.HTTP_1_1 ? EndReason.HOST_MISSING : null;
    }
    return isHost(hosts.get(0)) ? null : EndReason.HOST_FORM;
  }

  /** Whether it is a name or an address, with or without a port; it may be empty as a whole. */
  private static boolean isHost(String host) {
    int length = host.length();
    int end = 0;
    if (length > 0 && host.charAt(0) == '[') {
      end = 1;
      while (end < length && isIpv6Character(host.charAt(end))) {
        end++;
      }
      if (end == 1 || end == length || host.charAt(end) != ']') {
        return false;
      }
      end++;
    } else {
      while (end < length && isNameCharacter(host.charAt(end))) {
        end++;
      }
    }
    if (end == length) {
      return true;
    }
    boolean hasPort = end > 0 && host.charAt(end) == ':' && length - end <= 6;
    for (int i = end + 1; i < length && hasPort; i++) {
      hasPort = host.charAt(i) >= '0' && host.charAt(i) <= '9';
    }
    return hasPort;
  }

  private static boolean isIpv6Character(char c) {
    return c == ':' || c == '.' || (c < 0x7f && Character.digit(c, 16) >= 0);
  }

  /** Letters, digits, and what RFC 3986 has beside them, but no comma: that makes a list. */
  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '-'
        || (c >= 'A' && c <= 'Z')
        || "_~%!$&'()*+;=".indexOf(c) >= 0;
  }

  private static @Nullable EndReason transferEncodingProblem(
      MultiMap headers, HttpVersion version) {
    if (!headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
      return null;
    }
    List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
    boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
    if (!chunked || version == HttpVersion.HTTP_1_0) {
      return EndReason.TRANSFER_ENCODING;
    }
    return headers.contains(HttpHeaders.CONTENT_LENGTH) ? EndReason.TWO_LENGTHS : null;
  }
}
