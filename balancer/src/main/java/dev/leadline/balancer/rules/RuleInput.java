package dev.leadline.balancer.rules;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one request, each made when the first rule needs it. Filled again for each request.
 * Not thread-safe.
 */
final class RuleInput {

  /** A query parameter, decoded. */
  record Parameter(String key, String value) {}

  private static final byte[] NO_ADDRESS = {};

  private @Nullable RuleRequest request;
  private String path = "";
  private int pathEnd;
  private @Nullable String host;
  private @Nullable List<Parameter> parameters;
  private byte @Nullable [] address;

  void request(RuleRequest next) {
    request = next;
    host = null;
    parameters = null;
    address = null;
  }

  void path(String text, int end) {
    path = text;
    pathEnd = end;
  }

  boolean pathMatches(WildcardPattern pattern) {
    return pattern.matches(path, 0, pathEnd);
  }

  String method() {
    return request().method();
  }

  /** The host without port and without a dot at its end; empty if there is none. */
  String host() {
    if (host == null) {
      host = hostName(request().host());
    }
    return host;
  }

  static String hostName(@Nullable String host) {
    if (host == null) {
      return "";
    }
    int colon = host.lastIndexOf(':');
    // In [::1] the last colon is a part of the address.
    int end = colon > host.lastIndexOf(']') ? colon : host.length();
    return host.substring(0, end > 1 && host.charAt(end - 1) == '.' ? end - 1 : end);
  }

  List<String> headers(String name) {
    return request().headers(name);
  }

  /** The bytes of the client's address. */
  byte[] address() {
    if (address == null) {
      byte @Nullable [] bytes = Cidr.address(request().clientAddress());
      address = bytes == null ? NO_ADDRESS : bytes;
    }
    return address;
  }

  List<Parameter> parameters() {
    if (parameters == null) {
      parameters = parse(request().target());
    }
    return parameters;
  }

  private static List<Parameter> parse(String target) {
    List<Parameter> parsed = new ArrayList<>();
    int from = target.indexOf('?') + 1;
    while (from > 0 && from <= target.length()) {
      int and = target.indexOf('&', from);
      int to = and < 0 ? target.length() : and;
      int equals = target.indexOf('=', from);
      int keyEnd = equals < 0 || equals > to ? to : equals;
      if (to > from) {
        parsed.add(
            new Parameter(
                decode(target.substring(from, keyEnd)),
                decode(target.substring(Math.min(keyEnd + 1, to), to))));
      }
      from = to + 1;
    }
    return parsed;
  }

  private static String decode(String text) {
    try {
      return QueryStringDecoder.decodeComponent(text);
    } catch (IllegalArgumentException e) {
      return text; // Not encoded as it should be: taken as it is.
    }
  }

  private RuleRequest request() {
    if (request == null) {
      throw new IllegalStateException("no request");
    }
    return request;
  }
}
