package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import io.vertx.core.Vertx;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
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
    Process openssl =
        new ProcessBuilder(
                ("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=leadline -keyout "
                        + key()
                        + " -out "
                        + certificate())
                    .split(" "))
            .redirectErrorStream(true)
            .start();
    String output = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, openssl.waitFor(), output);
  }

  private String yaml(RawTarget... targets) {
    return "listener: {host: 127.0.0.1, port: 0, tls: {certificate: %s, key: %s}}\n"
            .formatted(certificate(), key())
        + TestBalancer.oneGroup(targets);
  }

  private String refusal() {
    return String.valueOf(
        assertThrows(ConfigException.class, () -> ConfigReader.parse("test.yaml", yaml()))
            .getMessage());
  }

  @Test
  void answersOverTlsToAClientThatTrustsTheCertificate() throws Exception {
    makePair();
    Vertx vertx = Vertx.vertx();
    try (RawTarget target = new RawTarget(RawTarget.ECHO)) {
      Balancer balancer =
          Balancer.run(vertx, ConfigReader.parse("test.yaml", yaml(target)), "test", "nio")
              .toCompletionStage()
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      try (SSLSocket socket =
          (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", balancer.port())) {
        socket.setSoTimeout(10_000);
        socket
            .getOutputStream()
            .write(
                "GET /x HTTP/1.1\r\nHost: leadline\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        assertTrue(
            answer.toLowerCase(Locale.ROOT).contains("x-forwarded-proto: https\r\n"), answer);
        assertTrue(socket.getSession().getProtocol().startsWith("TLSv1."), answer);
      }
    } finally {
      vertx.close();
    }
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
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream file = Files.newInputStream(certificate())) {
      trusted.setCertificateEntry(
          "leadline", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
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
  void filesThatAreNoPairEndTheStartWithTheirNames() throws Exception {
    Files.writeString(certificate(), "no certificate");
    Files.writeString(key(), "no key");
    Vertx vertx = Vertx.vertx();
    try {
      ExecutionException failure =
          assertThrows(
              ExecutionException.class,
              () ->
                  Balancer.run(vertx, ConfigReader.parse("test.yaml", yaml()), "test", "nio")
                      .toCompletionStage()
                      .toCompletableFuture()
                      .get(30, TimeUnit.SECONDS));
      StartException start =
          assertInstanceOf(StartException.class, failure.getCause(), failure.toString());
      String message = String.valueOf(start.getMessage());
      assertTrue(message.contains("certificate " + certificate() + " and key " + key()), message);
    } finally {
      vertx.close();
    }
  }
}
