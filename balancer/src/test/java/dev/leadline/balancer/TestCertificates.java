package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Certificates that openssl makes for a test. */
public final class TestCertificates {

  private TestCertificates() {}

  /** Makes a certificate that signs itself, and its key, which is not encrypted. */
  public static void make(String name, Path certificate, Path key)
      throws IOException, InterruptedException {
    Process openssl =
        new ProcessBuilder(
                "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s -keyout %s -out %s"
                    .formatted(name, key, certificate)
                    .split(" "))
            .redirectErrorStream(true)
            .start();
    String output = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, openssl.waitFor(), output);
  }
}
