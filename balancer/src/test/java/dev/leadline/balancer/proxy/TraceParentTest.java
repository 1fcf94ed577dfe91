package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.leadline.balancer.config.BalancerConfig.Tracing;
import dev.leadline.balancer.observe.Trace;
import io.vertx.core.MultiMap;
import java.net.URI;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header traceparent, by the rules of W3C Trace Context. */
class TraceParentTest {

  private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String AMAZON = "Root=1-58337262-0123456789abcdef01234567";
  private static final String NEW = "00-583372620123456789abcdef01234567-0091a2b3c4d5e6f8-01";
  private static final RandomGenerator SCRIPTED = () -> 0x0123456789abcdefL;

  private static MultiMap headers(String... parents) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("tracestate", "a=1");
    for (String parent : parents) {
      headers.add("Traceparent", parent);
    }
    return headers;
  }

  private static Optional<Tracing> sampled(double share) {
    return Optional.of(new Tracing(share, Optional.empty()));
  }

  private static Trace passOn(MultiMap headers, Optional<Tracing> tracing) {
    Trace trace = new TraceParent(tracing, SCRIPTED).trace(AMAZON, headers);
    TraceParent.set(trace, 0, headers);
    return trace;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-" + ID + "-00f067aa0ba902b7-01",
        "00-" + ID + "-00f067aa0ba902b7-00",
        "cc-" + ID + "-00f067aa0ba902b7-01-what-comes-later",
      })
  void oneThatIsValidGoesOnAsItIs(String parent) {
    MultiMap headers = headers(parent);
    assertEquals(ID, passOn(headers, sampled(1)).id());
    assertEquals(parent, headers.get("traceparent"));
    assertEquals("a=1", headers.get("tracestate"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-" + ID + "-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" + ID + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-" + ID + "-00f067aa0ba902b7-01-more",
        "00-" + ID + "_00f067aa0ba902b7-01",
        "cc-" + ID + "-00f067aa0ba902b7-01.more",
        "00-" + ID + "-00f067aa0ba902b7-0x",
      })
  void oneThatIsNotIsReplacedWithItsState(String parent) {
    MultiMap headers = headers(parent);
    assertEquals(NEW, passOn(headers, sampled(1)).parent());
    assertEquals(NEW, headers.get("traceparent"));
    assertNull(headers.get("tracestate"));
  }

  @Test
  void twoAreNotValid() {
    String valid = "00-" + ID + "-00f067aa0ba902b7-01";
    MultiMap headers = headers(valid, valid);
    passOn(headers, sampled(1));
    assertEquals(NEW, String.join(" ", headers.getAll("traceparent")));
  }

  @ParameterizedTest
  @CsvSource({"1, -01", "0, -00"})
  void aNewOneIsSampledAsConfigured(double sampled, String flags) {
    MultiMap headers = headers();
    passOn(headers, sampled(sampled));
    assertEquals(NEW.substring(0, 52) + flags, headers.get("traceparent"));
  }

  /** A new one makes targets record, or stops them from it: not without being asked for. */
  @Test
  void noneIsMadeUnlessConfigured() {
    MultiMap none = headers();
    assertNull(passOn(none, Optional.empty()).id());
    assertNull(none.get("traceparent"));
    MultiMap malformed = headers("x");
    assertNull(passOn(malformed, Optional.empty()).id());
    assertEquals("x", malformed.get("traceparent"));
  }

  /** A span of ours stands between the client's and the target's. */
  @ParameterizedTest
  @CsvSource({
    "00, -01, 00, -01",
    "00, -03, 00, -03",
    "cc, -01-what-comes-later, 00, -01",
    "00, -00, 00, ",
    "00, -02, 00, "
  })
  void aSampledOneThatIsRecordedHasTheSpanOfTheAttempt(
      String version, String flags, String newVersion, @Nullable String newFlags) {
    String brought = version + "-" + ID + "-00f067aa0ba902b7" + flags;
    MultiMap headers = headers(brought);
    Tracing tracing = new Tracing(1, Optional.of(URI.create("http://127.0.0.1/")));
    Trace trace = new TraceParent(Optional.of(tracing), SCRIPTED).trace(AMAZON, headers);
    TraceParent.set(trace, 1, headers);
    assertEquals(
        newFlags == null ? brought : newVersion + "-" + ID + "-0091a2b3c4d5e6fa" + newFlags,
        headers.get("traceparent"));
    assertEquals("a=1", headers.get("tracestate"));
    assertEquals("00f067aa0ba902b7", trace.clientSpanId());
    assertEquals(newFlags == null ? 0 : 0x0091a2b3c4d5e6f8L, trace.spanId());
  }

  /** A client's own root may be anything. */
  @ParameterizedTest
  @ValueSource(strings = {"Root=1-5-6", "Root=1-58337262-0123456789ABCDEF01234567", "Self=1-2-3"})
  void aRootThatIsNoIdIsNotTaken(String amazon) {
    Trace trace = new TraceParent(sampled(1), SCRIPTED).trace(amazon, headers());
    assertEquals("0123456789abcdef0123456789abcdef", trace.id());
  }
}
