package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener over TLS, on real sockets, with a pair that openssl makes. */
class TlsTest {

  private final Path folder;

  TlsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Path certificate() {
    return folder.resolve("certificate.pem");
  }

  private Path key() {
    return folder.resolve("key.pem");
  }

  private void makePair() throws Exception {
    TestCertificates.make("leadline", certificate(), key());
  }

  private String yaml(RawTarget... targets) {
    return yaml("", targets);
  }

  private String yaml(String more, RawTarget... targets) {
    return "listener: {host: 127.0.0.1, port: 0, tls: {certificate: %s, key: %s%s}}\n"
            .formatted(certificate(), key(), more)
        + TestBalancer.oneGroup(targets);
  }

  /** What a client does with a socket before its handshake, and what it finds after it. */
  private interface Client {
    void use(SSLSocket socket) throws Exception;
  }

  private void withBalancer(String more, Listening use) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (RawTarget target = new RawTarget(RawTarget.ECHO)) {
      BalancerConfig config = ConfigReader.parse("test.yaml", yaml(more, target));
      Balancer balancer =
          Balancer.run(vertx, config, () -> config, "test", "nio")
              .toCompletionStage()
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      use.at(balancer.port());
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
  }

  private interface Listening {
    void at(int port) throws Exception;
  }

  private static void connect(SSLContext context, int port, Client client) throws Exception {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      client.use(socket);
    }
  }

  private String refusal() {
    return String.valueOf(
        assertThrows(ConfigException.class, () -> ConfigReader.parse("test.yaml", yaml()))
            .getMessage());
  }

  @Test
  void answersOverTlsToAClientThatTrustsTheCertificate() throws Exception {
    makePair();
    withBalancer(
        "",
        port ->
            connect(
                trusting(),
                port,
                socket -> {
                  String answer = TestCertificates.get(socket);
                  assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
                  assertTrue(
                      answer.toLowerCase(Locale.ROOT).contains("x-forwarded-proto: https\r\n"),
                      answer);
                  assertEquals("TLSv1.3", socket.getSession().getProtocol());
                }));
  }

  @Test
  void theHandshakeChoosesHttp2() throws Exception {
    makePair();
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.startWhole(yaml(target));
        SSLSocket socket =
            (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", balancer.port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      assertEquals("h2", socket.getApplicationProtocol());
      try (FrameClient client = new FrameClient(socket)) {
        FrameClient.Answer answer = client.get(1, "/x").read(1);
        assertEquals(200, answer.status());
        assertTrue(
            answer.body().toLowerCase(Locale.ROOT).contains("x-forwarded-proto: https\r\n"),
            answer.body());
      }
    }
  }

  private SSLContext trusting() throws Exception {
    return TestCertificates.trusting(certificate());
  }

  @Test
  void refusesSuitesWithoutForwardSecrecyOrAuthenticatedEncryptionAndRenegotiation()
      throws Exception {
    makePair();
    withBalancer(
        "",
        port -> {
          for (String suite :
              List.of("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256")) {
            connect(
                trusting(),
                port,
                socket -> {
                  socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                  socket.setEnabledCipherSuites(new String[] {suite});
                  assertThrows(IOException.class, socket::startHandshake, suite);
                });
          }
          connect(
              trusting(),
              port,
              socket -> {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.startHandshake();
                byte[] first = socket.getSession().getId();
                assertThrows(
                    IOException.class,
                    () -> {
                      socket.getSession().invalidate();
                      socket.startHandshake();
                      String answer = TestCertificates.get(socket);
                      assertFalse(
                          answer.startsWith("HTTP/1.1 200 ")
                              && !Arrays.equals(first, socket.getSession().getId()),
                          "a second handshake took place");
                    });
              });
        });
  }

  @Test
  void plainHttpIsAnsweredThatThisPortSpeaksHttps() throws Exception {
    makePair();
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.startWhole(yaml(target) + "admin: {host: 127.0.0.1, port: 0}\n")) {
      for (String bytes :
          List.of(
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n" + "x".repeat(99_999),
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) {
        try (RawClient client = balancer.client()) {
          RawClient.Answer answer = client.send(bytes).read();
          assertEquals(400, answer.status());
          assertEquals("plain HTTP was sent to a port that speaks HTTPS", answer.reason());
          assertTrue(answer.complete(), answer.toString());
          assertTrue(client.isEnded());
        }
      }
      assertEquals(3, balancer.metric("leadline_unserved_requests_total{reason=\"plain_http\"}"));
    }
  }

  @Test
  void aSecondConnectionResumesTheSessionOfTheFirst() throws Exception {
    makePair();
    withBalancer(
        "",
        port -> {
          SSLContext client = trusting();
          List<byte[]> sessions = new ArrayList<>();
          for (int i = 0; i < 2; i++) {
            connect(
                client,
                port,
                socket -> {
                  socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                  assertTrue(TestCertificates.get(socket).startsWith("HTTP/1.1 200 "));
                  sessions.add(socket.getSession().getId());
                });
          }
          assertArrayEquals(sessions.get(0), sessions.get(1));
        });
  }

  @Test
  void aClientGetsTheCertificateOfTheNameThatItAsksFor() throws Exception {
    makePair();
    Path certificate = folder.resolve("other.pem");
    Path key = folder.resolve("other-key.pem");
    TestCertificates.make("other.example", certificate, key);
    withBalancer(
        ", minimumVersion: 1.3, more: [{certificate: %s, key: %s}]".formatted(certificate, key),
        port -> {
          for (String name : List.of("other.example", "unknown.example")) {
            connect(
                TestCertificates.trusting(certificate(), certificate),
                port,
                socket -> {
                  SSLParameters parameters = socket.getSSLParameters();
                  parameters.setServerNames(List.of(new SNIHostName(name)));
                  socket.setSSLParameters(parameters);
                  socket.startHandshake();
                  assertEquals(
                      name.startsWith("other") ? "CN=other.example" : "CN=leadline",
                      socket.getSession().getPeerPrincipal().getName());
                });
          }
        });
  }

  @Test
  void withAClientCaAClientWithoutACertificateGetsNoAnswer() throws Exception {
    makePair();
    withBalancer(
        ", clientCa: " + certificate(),
        port ->
            connect(
                trusting(),
                port,
                socket -> assertThrows(IOException.class, () -> TestCertificates.get(socket))));
  }

  @Test
  void aMissingFileIsNamedWithItsKey() throws Exception {
    assertEquals(
        "test.yaml, line 1: listener.tls.certificate is '"
            + certificate()
            + "'; there is no such file",
        refusal());
    Files.createFile(certificate());
    assertEquals(
        "test.yaml, line 1: listener.tls.key is '" + key() + "'; there is no such file", refusal());
  }

  @Test
  void filesThatAreNoPairAreRefusedWithTheirNames() throws Exception {
    Files.writeString(certificate(), "no certificate");
    Files.writeString(key(), "no key");
    assertEquals(
        "test.yaml, line 1: listener.tls cannot be used: certificate %s and key %s: one of them is not in PEM, or the key is encrypted"
            .formatted(certificate(), key()),
        refusal());
    makePair();
    TestCertificates.make("other", folder.resolve("other.pem"), key());
    assertEquals(
        "test.yaml, line 1: listener.tls cannot be used: certificate %s and key %s: the key is not that of the certificate"
            .formatted(certificate(), key()),
        refusal());
  }
}
