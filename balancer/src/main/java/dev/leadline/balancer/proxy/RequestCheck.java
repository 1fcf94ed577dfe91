package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;
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

  /** Why this request must not be passed on, or null if it may. */
  static @Nullable EndReason check(HttpServerRequest request) {
    if (HttpMethod.TRACE.equals(request.method())) {
      return EndReason.TRACE;
    }
    HttpVersion version = request.version();
    MultiMap headers = request.headers();
    EndReason problem = uriProblem(request.uri());
    if (problem == null) {
      problem = hostProblem(headers, version);
    }
    if (problem == null) {
      problem = transferEncodingProblem(headers, version);
    }
    if (problem != null) {
      return problem;
    }
    String expect = headers.get(HttpHeaders.EXPECT);
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return EndReason.EXPECTATION;
    }
    String forwardedFor = headers.get(ForwardedHeaders.X_FORWARDED_FOR);
    if (forwardedFor != null
        && forwardedFor.chars().filter(c -> c == ',').count() >= MAX_FORWARDED_FOR) {
      return EndReason.FORWARDED_FOR;
    }
    return null;
  }

  private static @Nullable EndReason uriProblem(String uri) {
    if (uri.isEmpty() || (uri.charAt(0) != '/' && !uri.equals("*"))) {
      return EndReason.PATH_FORM;
    }
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c <= 0x20 || c >= 0x7f) {
        return EndReason.PATH_CHARACTER;
      }
    }
    return null;
  }

  private static @Nullable EndReason hostProblem(MultiMap headers, HttpVersion version) {
    List<String> hosts = headers.getAll(HttpHeaders.HOST);
    if (hosts.size() > 1) {
      return EndReason.HOST_REPEATED;
    }
    if (hosts.isEmpty()) {
      return version == HttpVersion.HTTP_1_1 ? EndReason.HOST_MISSING : null;
    }
    String host = hosts.get(0);
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= 0x20 || c >= 0x7f || c == '/' || c == '@' || c == ',' || c == '?' || c == '#') {
        return EndReason.HOST_FORM;
      }
    }
    return null;
  }

  private static @Nullable EndReason transferEncodingProblem(
      MultiMap headers, HttpVersion version) {
    List<String> codings = headers.getAll(HttpHeaders.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return null;
    }
    boolean chunked = codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked");
    if (!chunked || version == HttpVersion.HTTP_1_0) {
      return EndReason.TRANSFER_ENCODING;
    }
    return headers.contains(HttpHeaders.CONTENT_LENGTH) ? EndReason.TWO_LENGTHS : null;
  }
}
