package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.Trace;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code traceparent} of W3C Trace Context. One that a client brings is passed on as it
 * is, because the balancer records no span that could stand between. Not thread-safe.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
final class TraceParent {

  private static final CharSequence TRACEPARENT = HttpHeaders.createOptimized("traceparent");
  private static final CharSequence TRACESTATE = HttpHeaders.createOptimized("tracestate");
  private static final HexFormat HEX = HexFormat.of();

  /** Length of version 00; later versions may have more after another dash. */
  private static final int LENGTH = 55;

  private OptionalDouble sampled;
  private final RandomGenerator random;

  /**
   * @param sampled share of new traces that are marked as sampled; empty: no trace is begun
   */
  TraceParent(OptionalDouble sampled, RandomGenerator random) {
    this.sampled = sampled;
    this.random = random;
  }

  /**
   * From now on new traces are begun in this way.
   *
   * @param share of them that are marked as sampled; empty: none is begun
   */
  void use(OptionalDouble share) {
    sampled = share;
  }

  /**
   * The trace of a request whose headers the target will get.
   *
   * @param amazon its X-Amzn-Trace-Id
   */
  Trace trace(String amazon, MultiMap headers) {
    String brought = headers.get(TRACEPARENT);
    if (brought != null && isValid(brought) && isAlone(headers)) {
      return new Trace(amazon, brought, false);
    }
    return sampled.isPresent()
        ? new Trace(amazon, begin(amazon), true)
        : new Trace(amazon, null, false);
  }

  /** Sets the traceparent of a new trace; the state of the one that it replaces goes. */
  static void set(Trace trace, MultiMap headers) {
    if (trace.isNew()) {
      headers.set(TRACEPARENT, trace.parent());
      headers.remove(TRACESTATE);
    }
  }

  private static boolean isAlone(MultiMap headers) {
    List<String> all = headers.getAll(TRACEPARENT);
    return all.size() == 1;
  }

  /** With the id of the X-Amzn-Trace-Id, if that has one, as AWS X-Ray has it: one id for both. */
  private String begin(String amazon) {
    String id = idOf(amazon);
    boolean isSampled = random.nextDouble() < sampled.orElse(0);
    return "00-"
        + (id == null ? HEX.toHexDigits(nonZero()) + HEX.toHexDigits(random.nextLong()) : id)
        + '-'
        + HEX.toHexDigits(nonZero())
        + (isSampled ? "-01" : "-00");
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
