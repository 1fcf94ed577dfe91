package dev.leadline.balancer.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP decoder lets through and a proxy must not pass on: requests that a target might
 * read differently from us, which is how one client's request gets smuggled in front of another's.
 */
final class RequestCheck {

  private static final int MAX_FORWARDED_FOR = 30; // as an Application Load Balancer has it

  private RequestCheck() {}

  /** Why a request is not passed on. */
  record Refusal(int status, String reason) {}

  /** Why this request must not be passed on, or null if it may. */
  static @Nullable Refusal check(HttpServerRequest request) {
    HttpVersion version = request.version();
    if (version != HttpVersion.HTTP_1_1 && version != HttpVersion.HTTP_1_0) {
      return new Refusal(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    if (HttpMethod.TRACE.equals(request.method())) {
      return new Refusal(405, "TRACE is not allowed");
    }
    String uriProblem = uriProblem(request.uri());
    if (uriProblem != null) {
      return new Refusal(400, uriProblem);
    }
    MultiMap headers = request.headers();
    String problem = hostProblem(headers, version);
    if (problem == null) {
      problem = transferEncodingProblem(headers, version);
    }
    if (problem != null) {
      return new Refusal(400, problem);
    }
    String expect = headers.get(HttpHeaders.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return new Refusal(417, "the only expectation that can be met is 100-continue");
    }
    String forwardedFor = headers.get(ForwardedHeaders.X_FORWARDED_FOR);
    if (forwardedFor != null
        && forwardedFor.chars().filter(c -> c == ',').count() >= MAX_FORWARDED_FOR) {
      return new Refusal(463, "X-Forwarded-For has more than 30 addresses");
    }
    return null;
  }

  private static @Nullable String uriProblem(String uri) {
    if (uri.isEmpty() || (uri.charAt(0) != '/' && !uri.equals("*"))) {
      return "the request target is not a path";
    }
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c <= 0x20 || c >= 0x7f) {
        return "the request target has a character that has to be percent-encoded";
      }
    }
    return null;
  }

  private static @Nullable String hostProblem(MultiMap headers, HttpVersion version) {
    List<String> hosts = headers.getAll(HttpHeaders.HOST);
    if (hosts.size() > 1) {
      return "there is more than one Host";
    }
    if (hosts.isEmpty()) {
      return version == HttpVersion.HTTP_1_1 ? "Host is missing" : null;
    }
    String host = hosts.get(0);
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= 0x20 || c >= 0x7f || c == '/' || c == '@' || c == ',' || c == '?' || c == '#') {
        return "Host is not a host with an optional port";
      }
    }
    return null;
  }

  private static @Nullable String transferEncodingProblem(MultiMap headers, HttpVersion version) {
    List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return null;
    }
    boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
    if (!chunked || version == HttpVersion.HTTP_1_0) {
      return "the only Transfer-Encoding is chunked, on HTTP/1.1";
    }
    return headers.contains(HttpHeaders.CONTENT_LENGTH)
        ? "Transfer-Encoding and Content-Length exclude each other"
        : null;
  }
}
