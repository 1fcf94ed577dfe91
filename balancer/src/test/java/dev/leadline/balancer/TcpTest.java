package dev.leadline.balancer;

import static dev.leadline.balancer.TestBalancer.eventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are passed on as they are. */
@Timeout(60)
class TcpTest {

  /** Sends back what comes, and ends when the other side has ended. */
  private static final RawTarget.Script SEND_BACK =
      connection -> {
        for (String some = connection.readSome(); !some.isEmpty(); some = connection.readSome()) {
          connection.send(some);
        }
      };

  private static TestBalancer start(String more, RawTarget... targets) throws Exception {
    return start("", more, targets);
  }

  /** One group of these targets, with more keys of the group and of the file. */
  private static TestBalancer start(String ofGroup, String more, RawTarget... targets)
      throws Exception {
    StringBuilder yaml = new StringBuilder("listener: {protocol: tcp, host: 127.0.0.1, port: 0}\n");
    yaml.append("admin: {host: 127.0.0.1, port: 0}\ntargetGroups:\n  - name: group\n");
    yaml.append("    healthCheck: {interval: 1m}\n").append(ofGroup.indent(4));
    yaml.append("    targets:\n");
    for (int i = 0; i < targets.length; i++) {
      yaml.append(
          "      - {id: t%d, address: 127.0.0.1, port: %d}\n".formatted(i, targets[i].port()));
    }
    yaml.append("rules: []\ndefaultAction: {forward: group}\n").append(more);
    return TestBalancer.startWhole(yaml.toString());
  }

  /** A thread for each task: in a pool of one thread both would wait for each other. */
  private static void start(Runnable task) {
    new Thread(task, "task").start();
  }

  private static Socket connect(TestBalancer balancer) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), balancer.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String readToEnd(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static double unserved(TestBalancer balancer, String reason) throws IOException {
    return balancer.metric("leadline_unserved_requests_total{reason=\"" + reason + "\"}");
  }

  @Test
  void largeDataGoesBothWaysAtOnceAndWhole() throws Exception {
    int bytes = 20_000_000;
    byte[] up = new byte[bytes];
    new SplittableRandom(1).nextBytes(up);
    byte[] down = new byte[bytes];
    new SplittableRandom(2).nextBytes(down);
    CompletableFuture<byte[]> got = new CompletableFuture<>();
    RawTarget.Script script =
        connection -> {
          if (connection.read(1).length == 0) {
            return; // A health check.
          }
          CompletableFuture<Void> sent =
              CompletableFuture.runAsync(
                  () -> {
                    try {
                      connection.send(down);
                    } catch (IOException e) {
                      got.completeExceptionally(e);
                    }
                  },
                  TcpTest::start);
          got.complete(connection.read(bytes - 1));
          sent.join();
        };
    try (RawTarget target = new RawTarget(script);
        TestBalancer balancer = start("", target);
        Socket client = connect(balancer)) {
      CompletableFuture<byte[]> received =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return client.getInputStream().readNBytes(bytes);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              },
              TcpTest::start);
      client.getOutputStream().write(up);
      assertArrayEquals(Arrays.copyOfRange(up, 1, bytes), got.get(30, TimeUnit.SECONDS));
      assertArrayEquals(down, received.get(30, TimeUnit.SECONDS));
      client.shutdownOutput();
      assertEquals("", readToEnd(client));
      eventually("counted", () -> balancer.metric("leadline_client_bytes_total") == 2.0 * bytes);
    }
  }

  @Test
  void theClientsEndIsPassedOnAndTheAnswerStillComes() throws Exception {
    try (RawTarget target =
            new RawTarget(connection -> connection.send("got " + connection.readToEnd()));
        TestBalancer balancer = start("", target);
        Socket client = connect(balancer)) {
      send(client, "question");
      client.shutdownOutput();
      assertEquals("got question", readToEnd(client));
      eventually("succeeded", () -> balancer.target(0).getInteger("succeeded") == 1);
    }
  }

  @Test
  void theTargetsEndIsPassedOnAndTheClientMayStillSend() throws Exception {
    CompletableFuture<String> got = new CompletableFuture<>();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.send("hello");
                  connection.shutdownOutput();
                  String late = connection.readToEnd();
                  if (!late.isEmpty()) { // A health check sends nothing.
                    got.complete(late);
                  }
                });
        TestBalancer balancer = start("", target);
        Socket client = connect(balancer)) {
      assertEquals("hello", readToEnd(client));
      send(client, "late words");
      client.shutdownOutput();
      assertEquals("late words", got.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void aResetOfTheTargetIsPassedOn() throws Exception {
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  connection.readUntil("x");
                  connection.reset();
                });
        TestBalancer balancer = start("", target);
        Socket client = connect(balancer)) {
      send(client, "x");
      IOException reset = assertThrows(IOException.class, () -> client.getInputStream().read());
      assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset.toString());
      eventually("counted", () -> unserved(balancer, "target_reset") == 1);
      assertEquals(1, balancer.target(0).getInteger("failed"));
    }
  }

  @Test
  void aResetOfTheClientIsPassedOnAlsoWhileItIsNotRead() throws Exception {
    AtomicInteger resets = new AtomicInteger();
    RawTarget.Script script =
        connection -> {
          if (!connection.readSome().equals("client")) {
            return; // A health check, which may end with a reset too.
          }
          try {
            connection.send("a".repeat(100));
            if (connection.readSome().startsWith("big")) {
              for (int i = 0; i < 1000; i++) {
                connection.send("x".repeat(100_000)); // More than sockets take.
              }
            }
            connection.readSome();
          } catch (IOException e) {
            resets.incrementAndGet();
            throw e;
          }
        };
    try (RawTarget target = new RawTarget(script);
        TestBalancer balancer = start("", target)) {
      for (String sent : new String[] {"small", "big"}) {
        Socket client = connect(balancer);
        send(client, "client");
        assertEquals(100, client.getInputStream().readNBytes(100).length);
        send(client, sent);
        if (sent.equals("big")) {
          assertEquals(1000, client.getInputStream().readNBytes(1000).length);
        }
        client.setSoLinger(true, 0);
        client.close();
        eventually("passed on", () -> resets.get() == (sent.equals("big") ? 2 : 1));
      }
      eventually("counted", () -> unserved(balancer, "client_reset") == 2);
      assertEquals(0, balancer.target(0).getInteger("failed"));
      eventually("nothing is left", () -> balancer.metric("leadline_active_connections") == 0);
    }
  }

  @Test
  void anotherTargetIsTriedWhereOneRefuses() throws Exception {
    RawTarget gone = new RawTarget(SEND_BACK);
    try (RawTarget target = new RawTarget(connection -> connection.send("here"))) {
      try (TestBalancer balancer = start("policy: round_robin", "", gone, target)) {
        gone.close();
        for (int i = 0; i < 10; i++) {
          try (Socket client = connect(balancer)) {
            assertEquals("here", readToEnd(client));
          }
        }
        assertTrue(balancer.metrics().contains("kind=\"retry\""));
      }
    }
  }

  @Test
  void aClientIsResetWhereNoTargetTakesIt() throws Exception {
    RawTarget gone = new RawTarget(SEND_BACK);
    try (TestBalancer balancer = start("", gone)) {
      gone.close();
      try (Socket client = connect(balancer)) {
        assertThrows(IOException.class, () -> client.getInputStream().read());
      }
      eventually("counted", () -> unserved(balancer, "connect_refused") == 1);
    }
  }

  @Test
  void aSilentConnectionIsReset() throws Exception {
    try (RawTarget target = new RawTarget(SEND_BACK);
        TestBalancer balancer = start("timeouts: {tcpIdle: 1s}\n", target);
        Socket client = connect(balancer)) {
      assertThrows(IOException.class, () -> client.getInputStream().read());
      eventually("counted", () -> unserved(balancer, "connection_idle") == 1);
    }
  }

  @Test
  void connectionsAreSpreadAndEachStaysWithItsTarget() throws Exception {
    RawTarget[] targets = new RawTarget[4];
    for (int i = 0; i < targets.length; i++) {
      String name = "t" + i;
      targets[i] =
          new RawTarget(
              connection -> {
                for (String some = connection.readSome();
                    !some.isEmpty();
                    some = connection.readSome()) {
                  connection.send(name);
                }
              });
    }
    try (TestBalancer balancer = start("policy: {name: flow_hash, balance: 1000}", "", targets)) {
      Map<String, Integer> counts = new HashMap<>();
      for (int i = 0; i < 80; i++) {
        try (Socket client = connect(balancer)) {
          String first = null;
          for (int j = 0; j < 3; j++) {
            send(client, "?");
            String name =
                new String(client.getInputStream().readNBytes(2), StandardCharsets.US_ASCII);
            first = first == null ? name : first;
            assertEquals(first, name);
          }
          counts.merge(first, 1, Integer::sum);
        }
      }
      assertEquals(4, counts.size(), counts.toString());
      counts.forEach((name, count) -> assertTrue(count >= 5 && count <= 45, counts.toString()));
    }
    for (RawTarget target : targets) {
      target.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void theTargetHearsOfTheClientInAProxyHeader(String version) throws Exception {
    CompletableFuture<String> got = new CompletableFuture<>();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  String all = connection.readToEnd();
                  if (all.endsWith("hello")) {
                    got.complete(all);
                  }
                });
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
    try (RawTarget target =
        new RawTarget(
            connection -> {
              String all = connection.readToEnd();
              if (all.endsWith("hello")) {
                got.complete(all);
              }
            })) {
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
  void anAddressMayNotHaveMoreThanItsShare() throws Exception {
    try (RawTarget target = new RawTarget(SEND_BACK);
        TestBalancer balancer = start("limits: {connections: 10, clientShare: 0.3}\n", target)) {
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Socket client = connect(balancer);
        open.add(client);
        send(client, "x");
        assertEquals('x', client.getInputStream().read());
      }
      try (Socket client = connect(balancer)) {
        assertThrows(IOException.class, () -> client.getInputStream().read());
      }
      eventually("counted", () -> unserved(balancer, "client_share") == 1);
      open.get(0).close();
      eventually("it is gone", () -> balancer.metric("leadline_client_connections") == 2);
      try (Socket client = connect(balancer)) {
        send(client, "y");
        assertEquals('y', client.getInputStream().read());
      }
      for (Socket client : open) {
        client.close();
      }
    }
  }

  @Test
  void aTargetHasNoMoreConnectionsThanItMay() throws Exception {
    try (RawTarget one = new RawTarget(SEND_BACK);
        RawTarget other = new RawTarget(SEND_BACK);
        TestBalancer balancer =
            start("policy: round_robin", "connections: {perTarget: 2}\n", one, other)) {
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Socket client = connect(balancer);
        open.add(client);
        send(client, "x");
        assertEquals('x', client.getInputStream().read());
      }
      try (Socket client = connect(balancer)) {
        assertThrows(IOException.class, () -> client.getInputStream().read());
      }
      eventually("counted", () -> unserved(balancer, "target_full") == 1);
      assertEquals(2, balancer.target(0).getInteger("connections"));
      assertEquals(0, balancer.target(0).getInteger("failed"));
      for (Socket client : open) {
        client.close();
      }
    }
  }

  @Test
  void aTargetThatLeavesKeepsItsConnectionsUntilItsTimeIsOver() throws Exception {
    try (RawTarget leaving = new RawTarget(SEND_BACK);
        RawTarget staying = new RawTarget(SEND_BACK);
        TestBalancer balancer =
            start("policy: round_robin", "timeouts: {tcpDrain: 3600s}\n", leaving);
        Socket client = connect(balancer)) {
      send(client, "x");
      assertEquals('x', client.getInputStream().read());
      balancer.reload(
          yaml ->
              yaml.replace("id: t0", "id: t1").replace(" " + leaving.port(), " " + staying.port()));
      send(client, "y");
      assertEquals('y', client.getInputStream().read());
      try (Socket next = connect(balancer)) {
        send(next, "z");
        assertEquals('z', next.getInputStream().read());
        eventually("elsewhere", () -> staying.connections() >= 1);
        balancer.reload(yaml -> yaml.replace("3600s", "0s"));
        assertThrows(IOException.class, () -> client.getInputStream().read());
        eventually("counted", () -> unserved(balancer, "target_gone") == 1);
        send(next, "z");
        assertEquals('z', next.getInputStream().read());
      }
    }
  }

  @Test
  void openConnectionsMayEndWhenItStops() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    RawTarget.Script script =
        connection -> {
          connection.send("begun");
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          connection.send(" and done");
        };
    try (RawTarget target = new RawTarget(script);
        TestBalancer balancer = start("timeouts: {shutdown: 20s, shutdownDelay: 0s}\n", target);
        Socket client = connect(balancer)) {
      assertEquals(
          "begun", new String(client.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
      io.vertx.core.Future<?> drained = balancer.balancer.drain();
      eventually(
          "it does not listen",
          () -> {
            try {
              connect(balancer).close();
              return false;
            } catch (IOException e) {
              return true;
            }
          });
      goOn.countDown();
      assertEquals(" and done", readToEnd(client));
      client.shutdownOutput();
      TestBalancer.await(drained);
    }
  }

  @Test
  void whatIsLeftWhenItStopsIsReset() throws Exception {
    try (RawTarget target = new RawTarget(SEND_BACK);
        TestBalancer balancer = start("timeouts: {shutdown: 1s, shutdownDelay: 0s}\n", target);
        Socket client = connect(balancer)) {
      send(client, "x");
      assertEquals('x', client.getInputStream().read());
      TestBalancer.await(balancer.balancer.drain());
      assertThrows(IOException.class, () -> client.getInputStream().read());
      assertEquals(1, unserved(balancer, "shutdown"));
    }
  }

  @Test
  void aTargetThatDoesNotSpeakHttpIsCheckedByConnecting() throws Exception {
    RawTarget target = new RawTarget(RawTarget.Connection::readToEnd);
    int port = target.port();
    try (TestBalancer balancer = start("", "", target)) {
      assertEquals("healthy", balancer.target(0).getString("health"));
      target.close();
      balancer.reload(yaml -> yaml.replace("interval: 1m", "interval: 100ms"));
      eventually("unhealthy", () -> balancer.target(0).getString("health").equals("unhealthy"));
      assertEquals("connection refused", balancer.target(0).getString("unhealthyBecause"));
      try (RawTarget back = new RawTarget(RawTarget.Connection::readToEnd, port)) {
        eventually("healthy", () -> balancer.target(0).getString("health").equals("healthy"));
        assertTrue(back.connections() > 0);
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
