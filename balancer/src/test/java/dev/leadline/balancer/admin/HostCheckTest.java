package dev.leadline.balancer.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostCheckTest {

  @ParameterizedTest
  @CsvSource({
    // What is loopback is for us, by whatever port it was forwarded.
    "127.0.0.1, localhost, true",
    "127.0.0.1, LOCALHOST:9901, true",
    "127.0.0.1, localhost.:9901, true",
    "127.0.0.1, 127.0.0.1:40000, true",
    "127.1.0.13, 127.1.0.13:9901, true",
    "10.0.0.5, 127.0.0.1:9901, true",
    "127.0.0.1, [::1]:9901, true",
    // Names that only look like it are not.
    "127.0.0.1, rebinding.example:9901, false",
    "127.0.0.1, localhost.rebinding.example, false",
    "127.0.0.1, 127.0.0.1.rebinding.example, false",
    "127.0.0.1, notlocalhost, false",
    "127.0.0.1, localhost:9901:9901, false",
    "127.0.0.1, localhost@rebinding.example, false",
    "127.0.0.1, '', false",
    "127.0.0.1, :9901, false",
    // The configured host is, and no other address.
    "10.0.0.5, 10.0.0.5:9901, true",
    "10.0.0.5, 10.0.0.6:9901, false",
    "balancer.internal, Balancer.Internal:9901, true",
    "balancer.internal, other.internal, false",
    "fd00::7, [fd00::7]:9901, true",
    "127.0.0.1, 10.0.0.5:9901, false",
    // Every interface: any address, still no name.
    "0.0.0.0, 10.0.0.5:9901, true",
    "'::', [fd00::7]:9901, true",
    "0.0.0.0, rebinding.example, false",
    "0.0.0.0, cafe.example, false",
  })
  void whatAdminPortsAnswerTo(String configured, String host, boolean admitted) {
    assertEquals(admitted, new HostCheck(configured).admits(List.of(host)));
  }

  @Test
  void oneHostIsNeeded() {
    assertFalse(new HostCheck("127.0.0.1").admits(List.of()));
    assertFalse(new HostCheck("127.0.0.1").admits(List.of("localhost", "rebinding.example")));
  }
}
