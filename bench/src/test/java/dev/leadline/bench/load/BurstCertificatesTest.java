package dev.leadline.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.leadline.bench.lab.LabDescription.Certificate;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.record.Sample;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose certificate a burst believes: a server at 127.0.0.1 that has one for another name. */
@Timeout(60)
final class BurstCertificatesTest {
  @TempDir private static Path folder = Path.of(".");

  private static Path key() {
    return folder.resolve("key");
  }

  private static Path certificate() {
    return folder.resolve("certificate");
  }

  @BeforeAll
  static void signItself() throws IOException, InterruptedException {
    List<String> make =
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=leadline",
            "-keyout",
            key().toString(),
            "-out",
            certificate().toString());
    Process openssl =
        new ProcessBuilder(make)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertEquals(0, openssl.waitFor(), Files.readString(folder.resolve("log")));
  }

  /** What went wrong with the requests of a burst; empty: nothing. */
  private static Set<String> errors(@Nullable Certificate expected) throws InterruptedException {
    PemKeyCertOptions pair =
        new PemKeyCertOptions().setKeyPath(key().toString()).setCertPath(certificate().toString());
    try (TestServer server = TestServer.https(pair, r -> r.response().end(TestServer.ANSWER));
        BurstGenerator generator = TestClient.ofBursts(20, Duration.ofSeconds(30), false)) {
      return generator.fire(TestServer.burst(), server.secureBalancer(expected)).samples().stream()
          .map(Sample::error)
          .map(String::valueOf)
          .map(error -> error.replaceFirst(": .*", ""))
          .collect(Collectors.toSet());
    }
  }

  /** Catches a client that believes everybody, and one that believes nobody. */
  @ParameterizedTest
  @CsvSource({"ANY, null", "OTHER_NAME, ", "VERIFIED, ", ", "})
  void aSelfSignedOneIsBelievedOnlyWhereTheLabSaysSo(
      @Nullable Certificate expected, @Nullable String error) throws InterruptedException {
    assertEquals(Set.of(error == null ? FailureReason.NOT_ACCEPTED : error), errors(expected));
  }

  /** Catches an option that is not passed on, and HTTP/2 that is not agreed on by ALPN. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void insecureBelievesEverybody(boolean http2) throws InterruptedException {
    PemKeyCertOptions pair =
        new PemKeyCertOptions().setKeyPath(key().toString()).setCertPath(certificate().toString());
    HttpSpec http =
        new HttpSpec("GET", List.of(), Buffer.buffer(), http2, true, Expectation.STATUS);
    Set<HttpVersion> versions = ConcurrentHashMap.newKeySet();
    try (TestServer server =
            TestServer.https(
                pair,
                request -> {
                  versions.add(request.version());
                  request.response().end();
                });
        BurstGenerator generator =
            TestClient.of(new LoadSpec(Load.burst(5), http, Duration.ofSeconds(30), true, 1))) {
      List<Sample> samples =
          generator.fire(TestServer.burst(), server.secureBalancer(null)).samples();
      samples.forEach(sample -> assertFalse(sample.failed(), sample.toString()));
      assertEquals(Set.of(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1), versions);
    }
  }

  /**
   * As the load balancer's, whose certificate is for a name of the user's: catches a client that
   * still asks for the name in the url, and one that never does.
   */
  @ParameterizedTest
  @CsvSource({"OTHER_NAME, null", "VERIFIED, ", ", "})
  void aTrustedOneMayBeForAnotherNameWhereTheLabSaysSo(
      @Nullable Certificate expected, @Nullable String error) throws Exception {
    Map<String, String> settings =
        Map.of(
            "javax.net.ssl.trustStore",
            trusted().toString(),
            "javax.net.ssl.trustStorePassword",
            "changeit");
    settings.forEach(System::setProperty);
    try {
      assertEquals(Set.of(error == null ? FailureReason.NOT_ACCEPTED : error), errors(expected));
    } finally {
      settings.keySet().forEach(System::clearProperty);
    }
  }

  private static Path trusted() throws IOException, GeneralSecurityException {
    Path store = folder.resolve("trusted");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream file = Files.newInputStream(certificate())) {
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    try (OutputStream out = Files.newOutputStream(store)) {
      trusted.store(out, "changeit".toCharArray());
    }
    return store;
  }
}
