package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTPS to targets, on real sockets, with certificates that openssl makes. */
class TargetTlsTest {

  private static Path folder = Path.of("");

  /** Two certificates that sign themselves, so that each is an authority too. */
  @BeforeAll
  static void makeCertificates(@TempDir Path shared) throws Exception {
    folder = shared;
    TestCertificates.make("app.internal", folder.resolve("app.pem"), folder.resolve("app.key"));
    TestCertificates.make("other.internal", folder.resolve("other.pem"), folder.resolve("o.key"));
  }

  private static RawTarget target(String certificate, String key, boolean asksClients)
      throws Exception {
    SSLContext context = TestCertificates.serving(folder.resolve(certificate), folder.resolve(key));
    SSLServerSocket socket =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(asksClients);
    return RawTarget.on(socket, RawTarget.ECHO);
  }

  private static String yaml(RawTarget target, String tls) {
    return TestBalancer.oneGroup(target)
        .replace(
            "    healthCheck: {interval: 1m}\n",
            "    healthCheck: {interval: 1m, unhealthyThreshold: 1}\n    tls: {"
                + tls.replace("$", folder + "/")
                + "}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ca: $app.pem, serverName: app.internal | 200 |",
        "verify: false | 200 |",
        "ca: $app.pem | 502 | target_certificate: No subject alternative names matching IP address",
        "ca: $app.pem, serverName: a.b | 502 | target_certificate: No subject alternative DNS name",
        "ca: $other.pem, serverName: app.internal | 502 | target_certificate: unable to find valid",
        "serverName: app.internal | 502 | target_certificate: unable to find valid",
      })
  void aTargetHasToProveItself(String tls, int status, String why) throws Exception {
    try (RawTarget target = target("app.pem", "app.key", false);
        TestBalancer balancer = TestBalancer.start(yaml(target, tls))) {
      RawClient.Answer answer =
          balancer.send("GET /x HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
      assertEquals(status, answer.status(), answer.body());
      balancer.awaitHealth(0, why == null ? "healthy" : "unhealthy");
      if (why != null) {
        String[] codeAndText = why.split(": ", 2);
        assertTrue(answer.body().contains('"' + codeAndText[0] + '"'), answer.body());
        String because = balancer.target(0).getString("unhealthyBecause");
        assertTrue(because.startsWith("its certificate is not trusted: "), because);
        assertTrue(because.contains(codeAndText[1]), because);
        assertEquals(1, balancer.target(0).getLong("failed"), balancer.target(0).encode());
      }
    }
  }

  @Test
  void aTargetThatDoesNotSpeakTls() throws Exception {
    try (RawTarget target =
            new RawTarget(it -> it.send("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"));
        TestBalancer balancer = TestBalancer.start(yaml(target, ""))) {
      RawClient.Answer answer = balancer.get("/x");
      assertEquals(502, answer.status());
      assertEquals("the TLS handshake with the target failed", answer.reason());
      balancer.awaitHealth(0, "unhealthy");
      String because = balancer.target(0).getString("unhealthyBecause");
      assertTrue(because.startsWith("the TLS handshake failed: not an SSL/TLS record"), because);
    }
  }

  /** The target accepts the connection and says nothing. */
  @Test
  void aHandshakeThatDoesNotEnd() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RawTarget unused = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {connect: 200ms}\n"
                    + yaml(unused, "")
                        .replace("port: " + unused.port(), "port: " + silent.getLocalPort()))) {
      assertEquals(504, balancer.get("/x").status());
    }
  }

  /** The health check has the first connection, and the request the second. */
  @Test
  void aTargetChoosesHttp2ByAlpn() throws Exception {
    SSLContext context =
        TestCertificates.serving(folder.resolve("app.pem"), folder.resolve("app.key"));
    try (SSLServerSocket socket =
            (SSLServerSocket)
                context
                    .getServerSocketFactory()
                    .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RawTarget unused = new RawTarget(RawTarget.ECHO)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      Thread target =
          new Thread(
              () -> {
                for (int i = 0; i < 2; i++) {
                  try {
                    FrameClient connection = FrameClient.serving(socket.accept());
                    FrameTarget.answer(
                        connection, FrameTarget.nextRequest(connection).stream(), "h2");
                  } catch (IOException e) {
                    return; // The test is over.
                  }
                }
              });
      target.start();
      String yaml =
          yaml(unused, "ca: $app.pem, serverName: app.internal")
              .replace("port: " + unused.port(), "port: " + socket.getLocalPort())
              .replace("  - name: group\n", "  - name: group\n    protocol: http2\n");
      try (TestBalancer balancer = TestBalancer.start(yaml)) {
        assertEquals("h2", balancer.get("/x").body());
        balancer.awaitHealth(0, "healthy");
      }
      target.join();
    }
  }

  @Test
  void theBalancerProvesItself() throws Exception {
    try (RawTarget target = target("app.pem", "app.key", true);
        TestBalancer balancer =
            TestBalancer.start(
                yaml(
                    target,
                    "ca: $app.pem, serverName: app.internal, certificate: $app.pem,"
                        + " key: $app.key"))) {
      assertEquals(200, balancer.get("/x").status());
      balancer.awaitHealth(0, "healthy");
    }
  }

  /** The files keep their names, and what is in them changes. */
  @Test
  void aReloadReadsTheFilesAgain() throws Exception {
    Path ca = folder.resolve("changing.pem");
    Files.copy(folder.resolve("app.pem"), ca);
    try (RawTarget target = target("app.pem", "app.key", false);
        TestBalancer balancer =
            TestBalancer.start(yaml(target, "ca: $changing.pem, serverName: app.internal"));
        RawClient client = balancer.client()) {
      assertEquals(200, client.get("/x").status());
      Files.writeString(ca, Files.readString(folder.resolve("other.pem")));
      String changes = balancer.reload(same -> same);
      assertTrue(changes.contains("changed: group group"), changes);
      assertEquals(502, client.get("/x").status(), "the open connection is not used again");
      TestBalancer.eventually(
          "a check finds it out", () -> balancer.target(0).containsKey("unhealthyBecause"));
      Files.writeString(ca, "nothing");
      assertTrue(balancer.reload(same -> same).contains("has a ca without a certificate: " + ca));
    }
  }

  /**
   * Anyone on the way can end a connection. Without a length, only the end of TLS says that an
   * answer is complete.
   */
  @ParameterizedTest
  @CsvSource({
    "'', true, true",
    "'', false, false",
    "Content-Length: 3, false, true",
    "Transfer-Encoding: chunked, false, true"
  })
  void anAnswerWithoutALengthEndsWithTls(String framing, boolean endsTls, boolean complete)
      throws Exception {
    String body = framing.startsWith("Transfer") ? "3\r\nabc\r\n0\r\n\r\n" : "abc";
    String head = "HTTP/1.1 200 OK\r\nConnection: close\r\n" + framing;
    String answer = head + (framing.isEmpty() ? "\r\n" : "\r\n\r\n") + body;
    SSLContext context =
        TestCertificates.serving(folder.resolve("app.pem"), folder.resolve("app.key"));
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RawTarget unused = new RawTarget(RawTarget.ECHO)) {
      Thread target =
          new Thread(
              () -> {
                while (true) {
                  try (Socket plain = server.accept();
                      Socket tls =
                          context
                              .getSocketFactory()
                              .createSocket(plain, (InputStream) null, true)) {
                    boolean isCheck = readHead(tls.getInputStream()).startsWith("GET /health");
                    String text = isCheck ? HEALTHY : answer;
                    tls.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                    if (!isCheck && !endsTls) {
                      plain.shutdownOutput(); // Before the close above it would end TLS.
                    }
                  } catch (IOException e) {
                    if (server.isClosed()) {
                      return; // The test is over.
                    }
                  }
                }
              });
      target.setDaemon(true);
      target.start();
      String yaml =
          yaml(unused, "ca: $app.pem, serverName: app.internal")
              .replace("port: " + unused.port(), "port: " + server.getLocalPort());
      try (TestBalancer balancer = TestBalancer.start(yaml)) {
        RawClient.Answer got = balancer.get("/x");
        assertEquals("abc", got.body());
        assertEquals(complete, got.complete());
        TestBalancer.eventually(
            "it has an outcome",
            () -> balancer.target(0).getInteger(complete ? "succeeded" : "failed") == 1);
        String reason = "leadline_unserved_requests_total{reason=\"answer_cut_off\"}";
        assertEquals(complete ? 0 : 1, balancer.metric(reason));
      }
    }
  }

  private static final String HEALTHY =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("no head");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ca: $absent.pem | there is no such file",
        "ca: $app.key | has a ca without a certificate",
        "certificate: $app.pem | has only one of certificate and key",
        "certificate: $app.pem, key: $o.key | the key is not that of the certificate",
        "verify: false, ca: $app.pem | exclude each other",
      })
  void filesThatCannotBeUsed(String tls, String message) throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO)) {
      String yaml = "listener: {port: 0}\n" + yaml(target, tls);
      ConfigException failure =
          assertThrows(ConfigException.class, () -> ConfigReader.parse("test.yaml", yaml));
      assertTrue(failure.toString().contains("targetGroups[0].tls"), failure.toString());
      assertTrue(failure.toString().contains(message), failure.toString());
    }
  }
}
