package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates change while the balancer runs. */
class TlsReloadTest {

  private final Path certificate;
  private final Path key;

  TlsReloadTest(@TempDir Path folder) {
    certificate = folder.resolve("certificate.pem");
    key = folder.resolve("key.pem");
  }

  /** A new pair in the same files is used for new connections; open ones stay. */
  @Test
  void aReloadReadsTheCertificateAgain() throws Exception {
    TestCertificates.make("leadline", certificate, key);
    SSLContext first = trusting();
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.startWhole(
                "listener: {host: 127.0.0.1, port: 0, tls: {certificate: %s, key: %s}}\n"
                        .formatted(certificate, key)
                    + TestBalancer.oneGroup(target));
        SSLSocket open = connect(first, balancer, "http/1.1")) {
      TestCertificates.make("leadline", certificate, key);
      TestBalancer.await(balancer.balancer.reload());
      try (SSLSocket fresh = connect(trusting(), balancer, "http/1.1")) {
        assertTrue(answer(fresh).startsWith("HTTP/1.1 200 "));
      }
      try (SSLSocket http2 = connect(trusting(), balancer, "h2")) {
        assertEquals("h2", http2.getApplicationProtocol());
      }
      assertThrows(SSLException.class, () -> connect(first, balancer, "http/1.1"));
      Files.writeString(certificate, "no certificate");
      ExecutionException failure =
          assertThrows(
              ExecutionException.class, () -> TestBalancer.await(balancer.balancer.reload()));
      assertTrue(failure.toString().contains("certificate " + certificate), failure.toString());
      assertTrue(answer(open).startsWith("HTTP/1.1 200 "));
    }
  }

  private static SSLSocket connect(SSLContext trusting, TestBalancer balancer, String protocol)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", balancer.port());
    socket.setSoTimeout(10_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static String answer(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET /x HTTP/1.1\r\nHost: leadline\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  private SSLContext trusting() throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream file = Files.newInputStream(certificate)) {
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
}
