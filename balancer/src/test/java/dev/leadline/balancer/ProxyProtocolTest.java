package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A balancer in front says where connections come from. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyProtocolTest {

  private static final String V2 = "\r\n\r\n\0\r\nQUIT\n";
  private static final String V4_ADDRESSES = "\313\0\161\7\12\0\0\1\0\1\1\273"; // 203.0.113.7
  private static final String V6_ADDRESSES =
      "\40\1\15\270" + "\0".repeat(11) + "\7" + "\40\1\15\270" + "\0".repeat(11) + "\1\0\1\1\273";
  private static final String REFUSED = "leadline_proxy_headers_refused_total";

  private RawTarget target;
  private TestBalancer balancer;

  private static String yaml(String from, String tls, RawTarget target) {
    return """
        listener:
          host: 127.0.0.1
          port: 0
          proxyProtocol: {from: [%s], timeout: 2s}
          %s
        admin: {host: 127.0.0.1, port: 0}
        """
            .formatted(from, tls)
        + TestBalancer.oneGroup(target)
            .replace(
                "rules:",
                "rules:\n  - {sources: [203.0.113.0/24], paths: ['/mine'],"
                    + " fixedResponse: {status: 200, body: mine}}");
  }

  @BeforeAll
  void start() throws Exception {
    target = new RawTarget(RawTarget.ECHO);
    balancer = TestBalancer.startWhole(yaml("127.0.0.0/8", "", target));
  }

  @AfterAll
  void stop() throws Exception {
    balancer.close();
    target.close();
  }

  /** A header of version 2. */
  private static String v2(int command, int family, String addresses) {
    return V2
        + (char) (0x20 | command)
        + (char) family
        + (char) (addresses.length() >> 8)
        + (char) (addresses.length() & 255)
        + addresses;
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        Arguments.of("v1", "PROXY TCP4 203.0.113.7 10.0.0.1 1 443\r\n", "203.0.113.7", "443"),
        Arguments.of(
            "v1, IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 1 443\r\n", "2001:db8::7", "443"),
        Arguments.of(
            "v1, IPv4 as IPv6",
            "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:10.0.0.1 5000 80\r\n",
            "192.0.2.1",
            "80"),
        Arguments.of("v1, not known", "PROXY UNKNOWN\r\n", "127.0.0.1", null),
        Arguments.of("v2", v2(1, 0x11, V4_ADDRESSES), "203.0.113.7", "443"),
        Arguments.of("v2, IPv6", v2(1, 0x21, V6_ADDRESSES), "2001:db8::7", "443"),
        Arguments.of("v2 with more", v2(1, 0x11, V4_ADDRESSES + "\4\0\3abc"), "203.0.113.7", "443"),
        Arguments.of("v2, a health check", v2(0, 0, ""), "127.0.0.1", null),
        Arguments.of(
            "v2, a health check with addresses", v2(0, 0x11, V4_ADDRESSES), "127.0.0.1", null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("headers")
  void theClientIsWhoTheHeaderNames(String what, String header, String client, String port)
      throws Exception {
    double refused = balancer.metric(REFUSED);
    String expected = port == null ? Integer.toString(balancer.port()) : port;
    for (int split : new int[] {header.length(), 5}) {
      try (RawClient connection = balancer.client()) {
        connection.send(header.substring(0, split)).send(header.substring(split));
        for (int i = 0; i < 2; i++) {
          String head = connection.get("/").body();
          assertTrue(head.contains("x-forwarded-for: " + client + "\r\n"), head);
          assertTrue(head.contains("x-forwarded-port: " + expected + "\r\n"), head);
        }
        assertEquals(client.startsWith("203"), connection.get("/mine").body().equals("mine"));
      }
    }
    assertEquals(refused, balancer.metric(REFUSED));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("no header", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Arguments.of("TLS without one", "\26\3\1\2\0\1\0\1\374\3\3abcdefghijklmnop\r\n"),
        Arguments.of("a line without an end", "PROXY TCP4 " + "1".repeat(120)),
        Arguments.of("addresses that are none", "PROXY TCP4 1.2.3 10.0.0.1 1 443\r\n"),
        Arguments.of("version 3", V2 + "\61\21\0\14" + V4_ADDRESSES),
        Arguments.of("too few addresses", v2(1, 0x11, "abc")),
        Arguments.of("too long", v2(1, 0x11, V4_ADDRESSES + "x".repeat(3000))),
        Arguments.of("half of one", V2),
        Arguments.of("nothing", ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void aConnectionWithoutAProperHeaderIsClosed(String what, String bytes) throws Exception {
    double refused = balancer.metric(REFUSED);
    try (RawClient connection = balancer.client()) {
      connection.send(bytes);
      assertEquals(0, connection.read().status());
    }
    assertEquals(refused + 1, balancer.metric(REFUSED));
  }

  /** As a Network Load Balancer does that sends headers; other health checks send none. */
  @Test
  void aHealthCheckOfTheAdminPortMayHaveAHeader() throws Exception {
    for (String header : new String[] {"", "PROXY UNKNOWN\r\n", v2(0, 0, "")}) {
      try (RawClient check = new RawClient(balancer.balancer.adminPort())) {
        assertEquals(200, check.send(header).get("/ready", "localhost").status(), header);
      }
    }
    try (TestBalancer other = TestBalancer.startWhole(yaml("10.0.0.0/8", "", target));
        RawClient check = new RawClient(other.balancer.adminPort())) {
      check.send("PROXY UNKNOWN\r\nGET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertTrue(check.read().status() != 200, "from elsewhere it is no request");
    }
  }

  @Test
  void aHeaderFromElsewhereIsRefused() throws Exception {
    try (TestBalancer other = TestBalancer.startWhole(yaml("10.0.0.0/8", "", target))) {
      assertTrue(other.get("/").body().contains("x-forwarded-for: 127.0.0.1\r\n"));
      for (String header : new String[] {"PROXY UNKNOWN\r\n", v2(0, 0, "")}) {
        try (RawClient connection = other.client()) {
          assertEquals(0, connection.send(header).read().status());
        }
      }
      assertEquals(2, other.metric(REFUSED));
      other.reload(yaml -> yaml.replace("10.0.0.0/8", "127.0.0.1/32"));
      try (RawClient connection = other.client()) {
        connection.send("PROXY TCP4 203.0.113.7 10.0.0.1 1 443\r\n");
        assertTrue(connection.get("/").body().contains("x-forwarded-for: 203.0.113.7\r\n"));
      }
    }
  }

  @Test
  void itWorksUnderHttp2AndTls(@TempDir Path folder) throws Exception {
    Path certificate = folder.resolve("certificate.pem");
    Path key = folder.resolve("key.pem");
    TestCertificates.make("leadline", certificate, key);
    String tls = "tls: {certificate: %s, key: %s}".formatted(certificate, key);
    String header = "PROXY TCP4 203.0.113.7 10.0.0.1 1 443\r\n";
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), balancer.port());
    plain.getOutputStream().write(header.getBytes(StandardCharsets.US_ASCII));
    try (FrameClient client = new FrameClient(plain)) {
      String body = client.get(1, "/").read(1).body();
      assertTrue(body.contains("x-forwarded-for: 203.0.113.7\r\n"), body);
    }
    try (TestBalancer secure = TestBalancer.startWhole(yaml("127.0.0.0/8", tls, target))) {
      RawClient.Answer refusal = secure.send(header + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(refusal.body().contains("a port that speaks HTTPS"), refusal.toString());
      for (String protocol : new String[] {"h2", "http/1.1"}) {
        Socket raw = new Socket(InetAddress.getLoopbackAddress(), secure.port());
        raw.getOutputStream().write(header.getBytes(StandardCharsets.US_ASCII));
        SSLSocket socket =
            (SSLSocket)
                TestCertificates.trusting(certificate)
                    .getSocketFactory()
                    .createSocket(raw, "leadline", secure.port(), true);
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        String body;
        if (protocol.equals("h2")) {
          try (FrameClient client = new FrameClient(socket)) {
            body = client.get(1, "/").read(1).body();
          }
        } else {
          body = TestCertificates.get(socket);
        }
        assertTrue(body.contains("x-forwarded-for: 203.0.113.7\r\n"), protocol + body);
        assertTrue(body.contains("x-forwarded-proto: https\r\n"), protocol + body);
      }
    }
  }
}
