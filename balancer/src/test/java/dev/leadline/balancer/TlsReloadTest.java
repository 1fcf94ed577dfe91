package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
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
    SSLContext first = TestCertificates.trusting(certificate);
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer =
            TestBalancer.startWhole(
                "listener: {host: 127.0.0.1, port: 0, tls: {certificate: %s, key: %s}}\n"
                        .formatted(certificate, key)
                    + TestBalancer.oneGroup(target));
        SSLSocket open = connect(first, balancer, "http/1.1")) {
      TestCertificates.make("leadline", certificate, key);
      TestBalancer.await(balancer.balancer.reload());
      try (SSLSocket fresh =
          connect(TestCertificates.trusting(certificate), balancer, "http/1.1")) {
        assertTrue(TestCertificates.get(fresh).startsWith("HTTP/1.1 200 "));
      }
      try (SSLSocket http2 = connect(TestCertificates.trusting(certificate), balancer, "h2")) {
        assertEquals("h2", http2.getApplicationProtocol());
      }
      assertThrows(SSLException.class, () -> connect(first, balancer, "http/1.1"));
      Files.writeString(certificate, "no certificate");
      ExecutionException failure =
          assertThrows(
              ExecutionException.class, () -> TestBalancer.await(balancer.balancer.reload()));
      assertTrue(failure.toString().contains("certificate " + certificate), failure.toString());
      assertTrue(TestCertificates.get(open).startsWith("HTTP/1.1 200 "));
    }
  }

  private static SSLSocket connect(SSLContext trusting, TestBalancer balancer, String protocol)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", balancer.port());
    socket.setSoTimeout(20_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}
