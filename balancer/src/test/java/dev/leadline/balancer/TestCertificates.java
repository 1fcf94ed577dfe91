package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.impl.KeyStoreHelper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
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

  /** What a server with this certificate, which signs itself, makes its connections with. */
  public static SSLContext serving(Path certificate, Path key) throws Exception {
    KeyStore own =
        KeyStoreHelper.loadKeyCert(
            List.of(Buffer.buffer(Files.readAllBytes(key))),
            List.of(Buffer.buffer(Files.readAllBytes(certificate))));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, KeyStoreHelper.DUMMY_PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trustManagers(certificate), null);
    return context;
  }

  /** What a client that trusts these certificates, and no other, makes its connections with. */
  public static SSLContext trusting(Path... certificates) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trustManagers(certificates), null);
    return context;
  }

  private static TrustManager[] trustManagers(Path... certificates) throws Exception {
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
    return trust.getTrustManagers();
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
