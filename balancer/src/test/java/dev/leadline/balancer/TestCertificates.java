package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Certificates that openssl makes for a test, and clients that trust them. */
public final class TestCertificates {

  private TestCertificates() {}

  /** Makes a certificate that signs itself, and its key, which is not encrypted. */
  public static void make(String name, Path certificate, Path key)
      throws IOException, InterruptedException {
    Process openssl =
        new ProcessBuilder(
                ("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s"
                        + " -addext subjectAltName=DNS:%s -keyout %s -out %s")
                    .formatted(name, name, key, certificate)
                    .split(" "))
            .redirectErrorStream(true)
            .start();
    String output = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, openssl.waitFor(), output);
  }

  /** What a client that trusts these certificates, and no other, makes its connections with. */
  public static SSLContext trusting(Path... certificates) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    for (Path certificate : certificates) {
      try (InputStream file = Files.newInputStream(certificate)) {
        trusted.setCertificateEntry(
            certificate.toString(),
            CertificateFactory.getInstance("X.509").generateCertificate(file));
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /** Sends a request for {@code /x} that ends the connection, and reads all of the answer. */
  public static String get(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET /x HTTP/1.1\r\nHost: leadline\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
