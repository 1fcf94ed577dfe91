package dev.leadline.balancer;

import static dev.leadline.balancer.TcpFixture.connect;
import static dev.leadline.balancer.TcpFixture.readToEnd;
import static dev.leadline.balancer.TcpFixture.send;
import static dev.leadline.balancer.TcpFixture.start;
import static dev.leadline.balancer.TestBalancer.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the client of a connection is that is passed on. */
@Timeout(60)
class TcpProxyHeaderTest {

  /** A target that hands over what comes on the connection of a client that says hello. */
  private static RawTarget hearing(CompletableFuture<String> got) throws IOException {
    return new RawTarget(
        connection -> {
          String all = connection.readToEnd();
          if (all.endsWith("hello")) {
            got.complete(all);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void theTargetHearsOfTheClientInAProxyHeader(String version) throws Exception {
    CompletableFuture<String> got = new CompletableFuture<>();
    try (RawTarget target = hearing(got);
        TestBalancer balancer = start("proxyProtocol: " + version, "", target);
        Socket client = connect(balancer)) {
      send(client, "hello");
      client.shutdownOutput();
      String all = got.get(20, TimeUnit.SECONDS);
      int from = client.getLocalPort();
      int to = balancer.port();
      String expected =
          version.equals("v1")
              ? "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\nhello".formatted(from, to)
              : "\r\n\r\n\0\r\nQUIT\n\41\21\0\14\177\0\0\1\177\0\0\1"
                  + (char) (from >> 8)
                  + (char) (from & 255)
                  + (char) (to >> 8)
                  + (char) (to & 255)
                  + "hello";
      assertEquals(expected, all);
    }
  }

  @Test
  void theClientOfAProxyHeaderIsPassedOn(@TempDir Path dir) throws Exception {
    CompletableFuture<String> got = new CompletableFuture<>();
    Path log = dir.resolve("log");
    try (RawTarget target = hearing(got)) {
      String yaml =
          """
          listener: {protocol: tcp, host: 127.0.0.1, port: 0, proxyProtocol: {from: [127.0.0.0/8]}}
          accessLog: {file: %s}
          targetGroups:
            - name: group
              proxyProtocol: v1
              healthCheck: {interval: 1m}
              targets: [{id: t0, address: 127.0.0.1, port: %d}]
          rules: []
          defaultAction: {forward: group}
          """
              .formatted(log, target.port());
      try (TestBalancer balancer = TestBalancer.startWhole(yaml);
          Socket client = connect(balancer)) {
        send(client, "PROXY TCP6 2001:db8::7 2001:db8::1 7000 443\r\nhello");
        client.shutdownOutput();
        assertEquals(
            "PROXY TCP6 2001:db8:0:0:0:0:0:7 2001:db8:0:0:0:0:0:1 7000 443\r\nhello",
            got.get(20, TimeUnit.SECONDS));
        assertEquals("", readToEnd(client));
        eventually("logged", () -> Files.readString(log).endsWith("\n"));
        JsonObject line = new JsonObject(Files.readString(log));
        assertEquals("2001:db8::7", line.getString("client"));
        assertEquals(7000, line.getInteger("clientPort"));
        assertEquals("TCP", line.getString("protocol"));
        assertEquals("t0", line.getString("target"));
        assertEquals(5, line.getInteger("bytesIn"));
        assertEquals(0, line.getInteger("bytesOut"));
        assertTrue(line.getDouble("totalMillis") > 0, line.encode());
        assertEquals(null, line.getString("reason"));
      }
    }
  }

  @Test
  void aHealthCheckWithAProxyHeaderNamesNobody() throws Exception {
    CompletableFuture<String> got = new CompletableFuture<>();
    try (RawTarget target = new RawTarget(connection -> got.complete(connection.readToEnd()));
        TestBalancer balancer = start("proxyProtocol: v2", "", target)) {
      assertEquals("healthy", balancer.target(0).getString("health"));
      assertEquals(
          "0d0a0d0a000d0a515549540a20000000",
          HexFormat.of()
              .formatHex(got.get(20, TimeUnit.SECONDS).getBytes(StandardCharsets.ISO_8859_1)));
    }
  }
}
