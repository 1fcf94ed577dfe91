package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Clients that stay with a target, over real sockets. */
class StickinessTest {

  private static RawTarget named(String name, String header) throws IOException {
    return RawTarget.answering(
        "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s".formatted(header, name.length(), name));
  }

  private static TestBalancer balancer(String stickiness, int loops, RawTarget... targets)
      throws Exception {
    String yaml = TestBalancer.oneGroup(targets).replace("least_outstanding_requests", "random");
    return TestBalancer.start(
        yaml.replace(
            "    healthCheck:", "    stickiness: {%s}\n    healthCheck:".formatted(stickiness)),
        loops);
  }

  private static RawClient.Answer get(TestBalancer balancer, String cookies) throws IOException {
    return balancer.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + cookies + "\r\n\r\n");
  }

  private static String cookie(RawClient.Answer answer) {
    String header = answer.header("set-cookie").orElseThrow();
    return header.substring(0, header.indexOf(';'));
  }

  @Test
  void aClientStaysOnEveryLoopAndAtEveryBalancerWithTheKey() throws Exception {
    try (RawTarget a = named("a", "");
        RawTarget b = named("b", "");
        TestBalancer first = balancer("key: 0123456789abcdef", 2, a, b);
        TestBalancer second = balancer("key: 0123456789abcdef", 1, a, b);
        TestBalancer stranger = balancer("key: fedcba9876543210", 1, a, b)) {
      RawClient.Answer begin = first.get("/");
      String header = begin.header("set-cookie").orElseThrow();
      assertTrue(
          header.matches("leadline-[0-9a-f]{8}=[\\w-]{32}; Path=/; Max-Age=86400; HttpOnly"),
          header);
      for (int i = 0; i < 8; i++) {
        for (TestBalancer balancer : new TestBalancer[] {first, second}) {
          RawClient.Answer next = get(balancer, "x=y;" + cookie(begin) + "; z");
          assertEquals(begin.body(), next.body());
          assertEquals(Optional.empty(), next.header("set-cookie"));
        }
      }
      assertTrue(get(stranger, cookie(begin)).header("set-cookie").isPresent());
    }
  }

  /** Each character counts: what a client makes up chooses nothing, and gets a new cookie. */
  @Test
  void aCookieThatWasChangedIsNone() throws Exception {
    try (RawTarget a = named("a", "");
        TestBalancer balancer = balancer("key: 0123456789abcdef", 1, a)) {
      String good = cookie(balancer.get("/"));
      String name = good.substring(0, good.indexOf('=') + 1);
      for (String bad :
          new String[] {
            name,
            name + "!".repeat(32),
            name + "A".repeat(32),
            name + "A".repeat(5000),
            good.substring(0, good.length() - 1) + (good.endsWith("A") ? "B" : "A"),
            good.replace(name, name + "A").substring(0, good.length()),
          }) {
        assertNotEquals(good, bad);
        assertTrue(get(balancer, bad).header("set-cookie").isPresent(), bad);
      }
    }
  }

  @Test
  void aClientOfATargetThatIsGoneGetsANewOne() throws Exception {
    try (RawTarget a = named("a", "");
        RawTarget b = named("b", "");
        TestBalancer both = balancer("key: 0123456789abcdef", 1, a, b);
        TestBalancer one = balancer("key: 0123456789abcdef", 1, a)) {
      RawClient.Answer atB = both.get("/");
      for (int i = 0; i < 100 && !atB.body().equals("b"); i++) {
        atB = both.get("/");
      }
      RawClient.Answer moved = get(one, cookie(atB));
      assertEquals("a", moved.body());
      assertNotEquals(cookie(atB), cookie(moved));
      assertEquals("a", get(both, cookie(moved)).body());
    }
  }

  @Test
  void theApplicationsCookieBeginsAndEndsTheSession() throws Exception {
    try (RawTarget a = named("a", "Set-Cookie: SID=1; Path=/\r\n");
        RawTarget b = named("b", "Set-Cookie: SID=1; Path=/\r\n");
        RawTarget none = named("c", "");
        TestBalancer balancer = balancer("key: 0123456789abcdef, applicationCookie: SID", 1, a, b);
        TestBalancer without = balancer("key: 0123456789abcdef, applicationCookie: SID", 1, none)) {
      assertEquals(Optional.empty(), without.get("/").header("set-cookie"));
      RawClient.Answer begin = balancer.get("/");
      String own =
          begin.head().lines().filter(it -> it.contains("leadline-")).findFirst().orElse("");
      String cookie = own.substring(own.indexOf("leadline-"), own.indexOf(';'));
      Set<String> loggedOut = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        RawClient.Answer stays = get(balancer, cookie + "; SID=1");
        assertEquals(begin.body(), stays.body());
        assertFalse(stays.head().contains("leadline-"));
        loggedOut.add(get(balancer, cookie + "; SIDE=1").body());
      }
      assertEquals(
          Set.of("a", "b"), loggedOut, "without the application.s cookie a client does not stay");
    }
  }
}
