package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardedHeadersTest {

  private static final RandomGenerator SCRIPTED = () -> 0x0123456789abcdefL;

  private final ForwardedHeaders headers =
      new ForwardedHeaders(
          () -> 0x58337262L, SCRIPTED, new TraceParent(Optional.empty(), SCRIPTED));

  @Test
  void aNewTraceHasARoot() {
    assertEquals("Root=1-58337262-0123456789abcdef01234567", headers.traceHeader(null));
    assertEquals("Root=1-58337262-0123456789abcdef01234567", headers.traceHeader(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "Root=1-5-6, Self=1-58337262-0123456789abcdef01234567;Root=1-5-6",
    "Root=1-5-6;App=x, Self=1-58337262-0123456789abcdef01234567;Root=1-5-6;App=x",
    "Self=1-7-8;Root=1-5-6, Self=1-58337262-0123456789abcdef01234567;Root=1-5-6",
    "App=x, Root=1-58337262-0123456789abcdef01234567;App=x",
    ";;, Root=1-58337262-0123456789abcdef01234567",
  })
  void aTraceThatIsThereGoesOn(String before, String after) {
    assertEquals(after, headers.traceHeader(before));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0:0:0:0:0:0:0:1, ::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:DB8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "fe80:0:0:0:0:0:0:1%lo, fe80::1",
    "name, name",
  })
  void anIpv6AddressHasItsUsualText(String address, String text) {
    assertEquals(text, ForwardedHeaders.canonical(address));
  }
}
