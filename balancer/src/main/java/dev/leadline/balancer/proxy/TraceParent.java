package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.observe.Trace;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code traceparent} of W3C Trace Context. One that a client brings is passed on as it
 * is, unless spans of the balancer are recorded, which stand between. Not thread-safe.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
final class TraceParent {

  private static final CharSequence TRACEPARENT = HttpHeaders.createOptimized("traceparent");
  private static final CharSequence TRACESTATE = HttpHeaders.createOptimized("tracestate");
  private static final HexFormat HEX = HexFormat.of();

  /** Length of version 00; later versions may have more after another dash. */
  private static final int LENGTH = 55;

  private @Nullable Tracing tracing;
  private final RandomGenerator random;

  /**
   * @param tracing which traces are begun and recorded; empty: none
   */
  TraceParent(Optional<Tracing> tracing, RandomGenerator random) {
    this.tracing = tracing.orElse(null);
    this.random = random;
  }

  /** From now on traces are begun and recorded in this way. */
  void use(Optional<Tracing> changed) {
    tracing = changed.orElse(null);
  }

  /**
   * The trace of a request whose headers the target will get.
   *
   * @param amazon its X-Amzn-Trace-Id; null if it gets none
   */
  Trace trace(@Nullable String amazon, MultiMap headers) {
    Tracing how = tracing;
    String brought = headers.get(TRACEPARENT);
    if (brought != null && isValid(brought) && isAlone(headers)) {
      boolean isRecorded = how != null && how.otlp().isPresent() && isSampled(brought);
      return new Trace(amazon, brought, false, isRecorded ? newSpanId() : 0);
    }
    if (how == null) {
      return new Trace(amazon, null, false, 0);
    }
    boolean isSampled = random.nextDouble() < how.sampled();
    long spanId = newSpanId();
    return new Trace(
        amazon,
        begin(amazon, spanId, isSampled),
        true,
        isSampled && how.otlp().isPresent() ? spanId : 0);
  }

  /** The trace of a request that no target got; null if it is not recorded. */
  @Nullable Trace traceOfUnsent(MultiMap headers) {
    if (tracing == null || tracing.otlp().isEmpty()) {
      return null;
    }
    Trace trace = trace(null, headers);
    return trace.spanId() == 0 ? null : trace;
  }

  /**
   * Sets the traceparent where it is not the client's; the state of a trace that it replaces goes.
   *
   * @param attempt which one of the request it is, from 0 on
   */
  static void set(Trace trace, int attempt, MultiMap headers) {
    if (trace.isNew() || trace.spanId() != 0) {
      headers.set(TRACEPARENT, trace.parentOf(attempt));
    }
    if (trace.isNew()) {
      headers.remove(TRACESTATE);
    }
  }

  /** The lowest bit of the flags. */
  private static boolean isSampled(String parent) {
    return (HexFormat.fromHexDigit(parent.charAt(54)) & 1) == 1;
  }

  private static boolean isAlone(MultiMap headers) {
    List<String> all = headers.getAll(TRACEPARENT);
    return all.size() == 1;
  }

  /** With the id of the X-Amzn-Trace-Id, if that has one, as AWS X-Ray has it: one id for both. */
  private String begin(@Nullable String amazon, long spanId, boolean isSampled) {
    String id = amazon == null ? null : idOf(amazon);
    return "00-"
        + (id == null ? HEX.toHexDigits(nonZero()) + HEX.toHexDigits(random.nextLong()) : id)
        + '-'
        + HEX.toHexDigits(spanId)
        + (isSampled ? "-01" : "-00");
  }

  /** Not 0, and neither are those that follow. */
  private long newSpanId() {
    return (random.nextLong() >>> 1) + 1;
  }

  private long nonZero() {
    long id = random.nextLong();
    return id == 0 ? 1 : id;
  }

  /** The digits of {@code Root=1-<8>-<24>}. */
  private static @Nullable String idOf(String amazon) {
    int root = amazon.indexOf("Root=1-");
    int time = root + "Root=1-".length();
    int rest = time + 9;
    if (root < 0 || amazon.length() < rest + 24 || amazon.charAt(rest - 1) != '-') {
      return null;
    }
    String id = amazon.substring(time, rest - 1) + amazon.substring(rest, rest + 24);
    return isHex(id, 0, 32) ? id : null;
  }

  /** Whether a traceparent has the form that is laid down, of any version. */
  static boolean isValid(String parent) {
    return parent.length() >= LENGTH
        && isHexBefore(parent, 0, 2)
        && !parent.startsWith("ff")
        && isHexBefore(parent, 3, 35)
        && isNotZero(parent, 3, 35)
        && isHexBefore(parent, 36, 52)
        && isNotZero(parent, 36, 52)
        && isHex(parent, 53, LENGTH)
        && (parent.length() == LENGTH
            || (!parent.startsWith("00") && parent.charAt(LENGTH) == '-'));
  }

  private static boolean isHexBefore(String text, int start, int dash) {
    return isHex(text, start, dash) && text.charAt(dash) == '-';
  }

  private static boolean isHex(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      char it = text.charAt(i);
      if ((it < '0' || it > '9') && (it < 'a' || it > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNotZero(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) != '0') {
        return true;
      }
    }
    return false;
  }
}
