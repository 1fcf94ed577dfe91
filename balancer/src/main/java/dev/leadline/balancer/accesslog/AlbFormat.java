package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.accesslog.LineBytes.Escape;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.routing.target.Target;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an Application Load Balancer's access log, in its order. Whatever has no meaning
 * here, such as an ARN, is a {@code -}, or is the name that stands for it.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html">The
 *     fields</a>
 */
final class AlbFormat implements LineFormat {

  /** What an Application Load Balancer logs of a client that left before it was answered. */
  private static final int CLIENT_LEFT = 460;

  private static final int MAX_NAME_CHARS = 128;
  private static final byte[] UNKNOWN = bytes(" -");
  private static final byte[] QUOTED_UNKNOWN = bytes(" \"-\"");
  private static final byte[] NO_TIME = bytes(" -1");
  private static final byte[] NO_REQUEST_LINE = bytes(" \"- - -\"");
  private static final byte[] NO_ELB = bytes(" -");

  private final boolean query;
  private final Timestamp ended = new Timestamp();
  private final Timestamp arrived = new Timestamp();
  private final Map<String, String> cipherNames = new HashMap<>();

  /**
   * @param query whether the query of a URI is written
   */
  AlbFormat(boolean query) {
    this.query = query;
  }

  @Override
  public void write(RequestEnd end, LineBytes out) {
    HttpServerRequest request = end.request();
    TargetAttempt attempt = end.attempt();
    SSLSession tls = Seen.tls(end);
    plain(type(request), out);
    out.put(' ');
    ended.put(end.epochMillis(), out);
    out.put(NO_ELB);
    client(end.client(), out);
    target(attempt, out.put(' '));
    times(end, attempt, out);
    status(elbStatus(end), out);
    status(attempt == null ? 0 : attempt.status(), out);
    out.put(' ').put(end.bytesIn()).put(' ').put(end.bytesOut());
    requestLine(end, out);
    quoted(Seen.userAgent(end), MAX_USER_AGENT_CHARS, out);
    unquoted(tls == null ? null : cipher(tls.getCipherSuite()), out);
    unquoted(tls == null ? null : tls.getProtocol(), out);
    unquoted(end.group(), out);
    quoted(end.trace() == null ? null : end.trace().amazon(), MAX_TRACE_CHARS, out);
    quoted(tls == null ? null : Seen.serverName(tls), MAX_HOST_CHARS, out);
    out.put(QUOTED_UNKNOWN); // chosen_cert_arn
    MatchedRule rule = end.rule();
    if (rule == null) {
      out.put(UNKNOWN);
    } else {
      out.put(' ').put(rule.number());
    }
    out.put(' ');
    arrived.put(end.epochMillis() - (end.endNanos() - end.arrivedNanos()) / 1_000_000, out);
    quoted(rule == null ? null : rule.action(), MAX_NAME_CHARS, out);
    out.put(QUOTED_UNKNOWN); // redirect_url
    quoted(end.reason() == null ? null : end.reason().code(), MAX_NAME_CHARS, out);
    target(attempt, out.put(' ').put('"'));
    out.put('"').put(' ').put('"');
    statusOrNone(attempt == null ? 0 : attempt.status(), out);
    out.put('"');
    out.put(QUOTED_UNKNOWN).put(QUOTED_UNKNOWN); // classification and its reason
    out.put(UNKNOWN); // conn_trace_id
    out.put(QUOTED_UNKNOWN).put(QUOTED_UNKNOWN).put(QUOTED_UNKNOWN); // transformations
    out.put('\n');
  }

  private static String type(@Nullable HttpServerRequest request) {
    if (request == null || !request.isSSL()) {
      return "http";
    }
    return request.version() == HttpVersion.HTTP_2 ? "h2" : "https";
  }

  private static void client(@Nullable SocketAddress client, LineBytes out) {
    if (client == null) {
      out.put(UNKNOWN);
    } else {
      unquoted(client.host(), out);
      out.put(':').put(client.port());
    }
  }

  private static void target(@Nullable TargetAttempt attempt, LineBytes out) {
    if (attempt == null) {
      out.put('-');
    } else {
      Target target = attempt.target().target();
      plain(target.address(), out);
      out.put(':').put(target.port());
    }
  }

  /** Until the request was sent, from there to the answer's head, from there to its end. */
  private static void times(RequestEnd end, @Nullable TargetAttempt attempt, LineBytes out) {
    if (attempt == null || attempt.connectedNanos() == RequestEnd.NEVER) {
      out.put(NO_TIME).put(NO_TIME).put(NO_TIME);
      return;
    }
    seconds(Seen.between(end.arrivedNanos(), attempt.connectedNanos()), out);
    seconds(Seen.between(attempt.connectedNanos(), attempt.firstByteNanos()), out);
    seconds(Seen.between(attempt.firstByteNanos(), end.endNanos()), out);
  }

  private static void seconds(long nanos, LineBytes out) {
    if (nanos < 0) {
      out.put(NO_TIME);
    } else {
      out.put(' ').thousandths(nanos / 1_000_000);
    }
  }

  private static int elbStatus(RequestEnd end) {
    boolean left = end.status() == 0 && end.reason() == EndReason.CLIENT_LEFT;
    return left ? CLIENT_LEFT : end.status();
  }

  private static void status(int status, LineBytes out) {
    statusOrNone(status, out.put(' '));
  }

  private static void statusOrNone(int status, LineBytes out) {
    if (status == 0) {
      out.put('-');
    } else {
      out.put(status);
    }
  }

  /** Method, whole URL and protocol, as clients of a proxy would write it. */
  private void requestLine(RequestEnd end, LineBytes out) {
    HttpServerRequest request = end.request();
    if (request == null || !Seen.hasRequestLine(end)) {
      out.put(NO_REQUEST_LINE);
      return;
    }
    out.put(' ').put('"').put(end.method().name(), MAX_METHOD_CHARS, Escape.HEX).put(' ');
    plain(request.isSSL() ? "https://" : "http://", out);
    String host = Seen.host(end);
    if (host != null) {
      int port = portOf(host);
      out.put(port < 0 ? host : host.substring(0, port), MAX_HOST_CHARS, Escape.HEX);
    }
    out.put(':').put(request.localAddress().port());
    out.put(query ? end.uri() : end.path(), MAX_URI_CHARS, Escape.HEX).put(' ');
    String protocol = Seen.protocol(request.version());
    plain(protocol == null ? "-" : protocol, out);
    out.put('"');
  }

  /** Where the colon before the port is; negative if there is no port. */
  private static int portOf(String host) {
    int colon = host.lastIndexOf(':');
    return host.indexOf(']', Math.max(0, colon)) < 0 ? colon : -1;
  }

  /** The name that OpenSSL has for a cipher suite, which is the one in an ALB's log. */
  private String cipher(String suite) {
    return cipherNames.computeIfAbsent(suite, AlbFormat::openSslName);
  }

  static String openSslName(String suite) {
    int with = suite.indexOf("_WITH_");
    if (!suite.startsWith("TLS_") || with < 0) {
      return suite; // Those of TLS 1.3 have one name everywhere.
    }
    String exchange = suite.substring("TLS_".length(), with);
    String cipher = suite.substring(with + "_WITH_".length()).replaceFirst("^AES_", "AES");
    String name = exchange.equals("RSA") ? cipher : exchange + "-" + cipher;
    return name.replace('_', '-').replaceFirst("CHACHA20-POLY1305-.*", "CHACHA20-POLY1305");
  }

  private static void quoted(@Nullable String text, int mostChars, LineBytes out) {
    if (text == null || text.isEmpty()) {
      out.put(QUOTED_UNKNOWN);
    } else {
      out.put(' ').put('"').put(text, mostChars, Escape.HEX).put('"');
    }
  }

  private static void unquoted(@Nullable String text, LineBytes out) {
    if (text == null) {
      out.put(UNKNOWN);
    } else {
      plain(text, out.put(' '));
    }
  }

  private static void plain(String text, LineBytes out) {
    out.put(text, MAX_NAME_CHARS, Escape.HEX);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
