package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.Trace;
import io.netty.util.NetUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The headers that tell a target where a request comes from, as an Application Load Balancer sets
 * them. Not thread-safe.
 */
final class ForwardedHeaders {

  static final CharSequence X_FORWARDED_FOR = HttpHeaders.createOptimized("x-forwarded-for");
  private static final CharSequence X_FORWARDED_PROTO =
      HttpHeaders.createOptimized("x-forwarded-proto");
  private static final CharSequence X_FORWARDED_PORT =
      HttpHeaders.createOptimized("x-forwarded-port");
  private static final CharSequence X_AMZN_TRACE_ID =
      HttpHeaders.createOptimized("x-amzn-trace-id");
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final LongSupplier epochSeconds;
  private final RandomGenerator random;
  private final TraceParent traceParent;
  private final char[] buffer = new char[35];

  /**
   * Makes the writer.
   *
   * @param epochSeconds the wall clock, in seconds since 1970: part of every trace id
   */
  ForwardedHeaders(LongSupplier epochSeconds, RandomGenerator random, TraceParent traceParent) {
    this.epochSeconds = epochSeconds;
    this.random = random;
    this.traceParent = traceParent;
  }

  /**
   * Sets them on a request for a target, which already has the headers of the client.
   *
   * @param known the trace of an earlier attempt of the request; null if there is none
   * @param attempt which one of the request it is, from 0 on
   * @return the trace that the target gets
   */
  Trace set(HttpServerRequest request, MultiMap headers, @Nullable Trace known, int attempt) {
    String client = canonical(request.remoteAddress().hostAddress());
    List<String> before = headers.getAll(X_FORWARDED_FOR);
    headers.set(
        X_FORWARDED_FOR, before.isEmpty() ? client : String.join(", ", before) + ", " + client);
    headers.set(X_FORWARDED_PROTO, request.isSSL() ? "https" : "http");
    headers.set(X_FORWARDED_PORT, Integer.toString(request.localAddress().port()));
    Trace trace =
        known == null
            ? traceParent.trace(traceHeader(headers.get(X_AMZN_TRACE_ID)), headers)
            : known;
    headers.set(X_AMZN_TRACE_ID, trace.amazon());
    TraceParent.set(trace, attempt, headers);
    return trace;
  }

  /** The usual text of an address (RFC 5952): Java writes all zeros of an IPv6 address out. */
  static String canonical(String address) {
    byte[] bytes =
        address.indexOf(':') < 0 ? null : NetUtil.createByteArrayFromIpAddressString(address);
    return bytes == null ? address : NetUtil.bytesToIpAddress(bytes);
  }

  /** A new root; where the client brought one, it stays and we add ourselves in front. */
  String traceHeader(@Nullable String before) {
    if (before == null || before.isBlank()) {
      return "Root=" + traceId();
    }
    StringBuilder kept = new StringBuilder();
    boolean hasRoot = false;
    for (String field : before.split(";", -1)) {
      String trimmed = field.trim();
      hasRoot |= trimmed.startsWith("Root=");
      if (!trimmed.isEmpty() && !trimmed.startsWith("Self=")) {
        kept.append(';').append(trimmed);
      }
    }
    return (hasRoot ? "Self=" : "Root=") + traceId() + kept;
  }

  /** {@code 1-<time, 8 hex digits>-<random, 24 hex digits>}. */
  private String traceId() {
    buffer[0] = '1';
    buffer[1] = '-';
    hex(epochSeconds.getAsLong(), 2, 8);
    buffer[10] = '-';
    hex(random.nextLong(), 11, 16);
    hex(random.nextInt(), 27, 8);
    return new String(buffer);
  }

  private void hex(long value, int start, int digits) {
    long rest = value;
    for (int i = start + digits - 1; i >= start; i--) {
      buffer[i] = HEX[(int) (rest & 15)];
      rest >>>= 4;
    }
  }
}
