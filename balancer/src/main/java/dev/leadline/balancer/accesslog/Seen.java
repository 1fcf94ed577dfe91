package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.observe.RequestEnd;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** What both formats read of a request in the same way; null is what is not known. */
final class Seen {

  private Seen() {}

  /** Whether its request line could be read; a dash stands for the target of one that could not. */
  static boolean hasRequestLine(RequestEnd end) {
    return !end.uri().equals("-");
  }

  static @Nullable String host(RequestEnd end) {
    HttpServerRequest request = end.request();
    if (request == null) {
      return null;
    }
    String host = request.headers().get(HttpHeaders.HOST);
    // HTTP/2 has it in the request line's place.
    return host == null && request.authority() != null ? request.authority().toString() : host;
  }

  static @Nullable String userAgent(RequestEnd end) {
    HttpServerRequest request = end.request();
    return request == null ? null : request.headers().get(HttpHeaders.USER_AGENT);
  }

  /** The protocol as a request line has it. */
  static @Nullable String protocol(@Nullable HttpVersion version) {
    if (version == null) {
      return null;
    }
    return switch (version) {
      case HTTP_1_0 -> "HTTP/1.0";
      case HTTP_1_1 -> "HTTP/1.1";
      case HTTP_2 -> "HTTP/2.0";
      case HTTP_3 -> "HTTP/3.0";
    };
  }

  static @Nullable SSLSession tls(RequestEnd end) {
    HttpServerRequest request = end.request();
    return request == null || !request.isSSL() ? null : request.connection().sslSession();
  }

  /** The name that the client asked for while TLS began. */
  static @Nullable String serverName(SSLSession tls) {
    if (tls instanceof ExtendedSSLSession extended) {
      List<SNIServerName> names = extended.getRequestedServerNames();
      return !names.isEmpty() && names.get(0) instanceof SNIHostName host
          ? host.getAsciiName()
          : null;
    }
    return null;
  }

  /** Nanoseconds between two moments; negative if one of them did not come. */
  static long between(long from, long to) {
    return from == RequestEnd.NEVER || to == RequestEnd.NEVER ? -1 : Math.max(0, to - from);
  }
}
