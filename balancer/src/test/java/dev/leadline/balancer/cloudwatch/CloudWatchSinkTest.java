package dev.leadline.balancer.cloudwatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;

/** The real SDK against a small CloudWatch of our own. */
class CloudWatchSinkTest {

  private static final List<MetricDatum> DATA =
      List.of(MetricDatum.builder().metricName("RequestCount").value(1.0).build());

  private static CloudWatchSink sink(String endpoint) {
    return new CloudWatchSink(
        "Test",
        new LazyClient(
            () ->
                LazyClient.configure(CloudWatchClient.builder(), Duration.ofSeconds(5))
                    .endpointOverride(URI.create(endpoint))
                    .region(Region.US_EAST_1)
                    .credentialsProvider(
                        StaticCredentialsProvider.create(
                            AwsBasicCredentials.create("test", "test")))
                    .build()));
  }

  private static HttpServer answering(int status, String error, AtomicInteger calls)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          calls.incrementAndGet();
          byte[] asked = exchange.getRequestBody().readAllBytes();
          assertTrue(new String(asked, StandardCharsets.ISO_8859_1).contains("RequestCount"));
          exchange.getResponseHeaders().add("smithy-protocol", "rpc-v2-cbor");
          exchange.getResponseHeaders().add("Content-Type", "application/cbor");
          byte[] body = error.isEmpty() ? new byte[] {(byte) 0xa0} : cborError(error);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  /** {@code {"__type": error}} in CBOR; both texts are shorter than 256 bytes. */
  private static byte[] cborError(String error) throws IOException {
    var out = new java.io.ByteArrayOutputStream();
    out.write(0xa1);
    out.write(0x66);
    out.write("__type".getBytes(StandardCharsets.US_ASCII));
    out.write(0x78);
    out.write(error.length());
    out.write(error.getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static String url(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void storesOverTheWire() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    HttpServer server = answering(200, "", calls);
    try (CloudWatchSink sink = sink(url(server))) {
      sink.put(DATA);
      assertEquals(1, calls.get());
    } finally {
      server.stop(0);
    }
  }

  /** Also: none of them is sent twice by the SDK itself. */
  @ParameterizedTest
  @CsvSource({
    "500, com.amazonaws.cloudwatch#InternalServiceFault, true",
    "503, com.amazonaws.cloudwatch#ServiceUnavailable, true",
    "400, com.amazonaws.cloudwatch#ThrottlingException, true",
    "403, com.amazonaws.cloudwatch#ExpiredToken, true",
    "403, com.amazonaws.cloudwatch#AccessDeniedException, true",
    "400, com.amazonaws.cloudwatch#InvalidParameterValueException, false",
    "400, com.amazonaws.cloudwatch#ValidationError, false",
    "413, com.amazonaws.cloudwatch#RequestEntityTooLarge, false",
  })
  void aRefusalIsOfferedAgainUnlessItIsAboutTheData(int status, String error, boolean again)
      throws Exception {
    AtomicInteger calls = new AtomicInteger();
    HttpServer server = answering(status, error, calls);
    try (CloudWatchSink sink = sink(url(server))) {
      Class<? extends Exception> expected =
          again ? MetricSink.NotStored.class : MetricSink.Unusable.class;
      Exception e = assertThrows(expected, () -> sink.put(DATA));
      assertTrue(String.valueOf(e.getMessage()).startsWith("CloudWatch answered " + status));
      assertEquals(1, calls.get());
    } finally {
      server.stop(0);
    }
  }

  @Test
  void nobodyThereMeansNotStored() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (CloudWatchSink sink = sink("http://127.0.0.1:" + port)) {
      assertThrows(MetricSink.NotStored.class, () -> sink.put(DATA));
    }
  }

  /** The request arrived, the answer did not: it may have been stored. */
  @Test
  void noAnswerMeansThatNobodyKnows() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        CloudWatchSink sink = sink("http://127.0.0.1:" + silent.getLocalPort())) {
      assertThrows(MetricSink.Unusable.class, () -> sink.put(DATA));
    }
  }

  @Test
  void aMissingRegionMeansNotStored() {
    try (CloudWatchSink sink =
        new CloudWatchSink(
            "Test",
            new LazyClient(
                () -> {
                  throw software.amazon.awssdk.core.exception.SdkClientException.create(
                      "no region");
                }))) {
      MetricSink.NotStored e = assertThrows(MetricSink.NotStored.class, () -> sink.put(DATA));
      assertEquals("no region", e.getMessage());
    }
  }
}
