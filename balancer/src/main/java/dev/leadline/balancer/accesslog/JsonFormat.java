package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.accesslog.LineBytes.Escape;
import dev.leadline.balancer.observe.MatchedRule;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.balancer.observe.Trace;
import dev.leadline.routing.target.Target;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object for each request, or each connection that was passed on. A key whose value is not
 * known is left out.
 */
final class JsonFormat implements LineFormat {

  private static final byte[] TIME = bytes("{\"time\":\"");
  private static final byte[] CLIENT = bytes("\",\"client\":\"");
  private static final byte[] CLIENT_PORT = bytes("\",\"clientPort\":");
  private static final byte[] END_OF_TIME = bytes("\"");
  private static final byte[] METHOD = key("method");
  private static final byte[] HOST = key("host");
  private static final byte[] URI = key("uri");
  private static final byte[] PROTOCOL = key("protocol");
  private static final byte[] USER_AGENT = key("userAgent");
  private static final byte[] TLS = key("tls");
  private static final byte[] CIPHER = key("cipher");
  private static final byte[] SERVER_NAME = key("serverName");
  private static final byte[] STATUS = key("status");
  private static final byte[] REASON = key("reason");
  private static final byte[] RULE = key("rule");
  private static final byte[] GROUP = key("group");
  private static final byte[] TARGET = key("target");
  private static final byte[] TARGET_ADDRESS = key("targetAddress");
  private static final byte[] TARGET_STATUS = key("targetStatus");
  private static final byte[] ATTEMPTS = key("attempts");
  private static final byte[] BYTES_IN = key("bytesIn");
  private static final byte[] BYTES_OUT = key("bytesOut");
  private static final byte[] CHOICE_MILLIS = key("choiceMillis");
  private static final byte[] CONNECT_MILLIS = key("connectMillis");
  private static final byte[] TARGET_MILLIS = key("targetMillis");
  private static final byte[] ANSWER_MILLIS = key("answerMillis");
  private static final byte[] TRACE_ID = key("traceId");
  private static final byte[] AMAZON_TRACE_ID = key("amznTraceId");
  private static final byte[] TOTAL_MILLIS = key("totalMillis");
  private static final byte[] END = bytes("}\n");
  private static final int MAX_NAME_CHARS = 128;

  private final boolean query;
  private final Timestamp time = new Timestamp();

  /**
   * @param query whether the query of a URI is written
   */
  JsonFormat(boolean query) {
    this.query = query;
  }

  @Override
  public void write(RequestEnd end, LineBytes out) {
    out.put(TIME);
    time.put(end.epochMillis(), out);
    SocketAddress client = end.client();
    if (client == null) {
      out.put(END_OF_TIME);
    } else {
      out.put(CLIENT).put(client.host(), MAX_NAME_CHARS, Escape.JSON);
      out.put(CLIENT_PORT).put(client.port());
    }
    if (end.isConnection()) {
      text(PROTOCOL, "TCP", MAX_NAME_CHARS, out);
    } else {
      request(end, out);
      out.put(STATUS).put(end.status());
    }
    if (end.reason() != null) {
      text(REASON, end.reason().code(), MAX_NAME_CHARS, out);
    }
    MatchedRule rule = end.rule();
    text(RULE, rule == null ? null : rule.name(), MAX_NAME_CHARS, out);
    text(GROUP, end.group(), MAX_NAME_CHARS, out);
    TargetAttempt attempt = end.attempt();
    if (attempt != null) {
      target(attempt, end.attempts().size(), out);
    }
    out.put(BYTES_IN).put(end.bytesIn()).put(BYTES_OUT).put(end.bytesOut());
    if (attempt != null) {
      millis(CHOICE_MILLIS, Seen.between(end.arrivedNanos(), attempt.chosenNanos()), out);
      millis(CONNECT_MILLIS, Seen.between(attempt.chosenNanos(), attempt.connectedNanos()), out);
      millis(TARGET_MILLIS, Seen.between(attempt.connectedNanos(), attempt.firstByteNanos()), out);
      millis(ANSWER_MILLIS, Seen.between(attempt.firstByteNanos(), end.endNanos()), out);
    }
    Trace trace = end.trace();
    if (trace != null) {
      text(TRACE_ID, trace.id(), MAX_NAME_CHARS, out);
      text(AMAZON_TRACE_ID, trace.amazon(), MAX_TRACE_CHARS, out);
    }
    millis(TOTAL_MILLIS, Seen.between(end.arrivedNanos(), end.endNanos()), out);
    out.put(END);
  }

  private void request(RequestEnd end, LineBytes out) {
    HttpServerRequest request = end.request();
    if (Seen.hasRequestLine(end)) {
      text(METHOD, end.method().name(), MAX_METHOD_CHARS, out);
      text(URI, query ? end.uri() : end.path(), MAX_URI_CHARS, out);
      text(
          PROTOCOL, request == null ? null : Seen.protocol(request.version()), MAX_NAME_CHARS, out);
    }
    if (request == null) {
      return;
    }
    text(HOST, Seen.host(end), MAX_HOST_CHARS, out);
    text(USER_AGENT, Seen.userAgent(end), MAX_USER_AGENT_CHARS, out);
    SSLSession tls = Seen.tls(end);
    if (tls != null) {
      text(TLS, tls.getProtocol(), MAX_NAME_CHARS, out);
      text(CIPHER, tls.getCipherSuite(), MAX_NAME_CHARS, out);
      text(SERVER_NAME, Seen.serverName(tls), MAX_HOST_CHARS, out);
    }
  }

  private static void target(TargetAttempt attempt, int attempts, LineBytes out) {
    Target target = attempt.target().target();
    text(TARGET, target.id(), MAX_NAME_CHARS, out);
    out.put(TARGET_ADDRESS).put('"').put(target.address(), MAX_HOST_CHARS, Escape.JSON);
    out.put(':').put(target.port()).put('"');
    if (attempt.status() > 0) {
      out.put(TARGET_STATUS).put(attempt.status());
    }
    out.put(ATTEMPTS).put(attempts);
  }

  private static void text(byte[] key, @Nullable String text, int mostChars, LineBytes out) {
    if (text != null) {
      out.put(key).put('"').put(text, mostChars, Escape.JSON).put('"');
    }
  }

  private static void millis(byte[] key, long nanos, LineBytes out) {
    if (nanos >= 0) {
      out.put(key).thousandths(nanos / 1000);
    }
  }

  private static byte[] key(String name) {
    return bytes(",\"" + name + "\":");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
