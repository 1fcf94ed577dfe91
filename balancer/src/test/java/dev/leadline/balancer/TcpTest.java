package dev.leadline.balancer;

import static dev.leadline.balancer.TcpFixture.SEND_BACK;
import static dev.leadline.balancer.TcpFixture.connect;
import static dev.leadline.balancer.TcpFixture.readToEnd;
import static dev.leadline.balancer.TcpFixture.send;
import static dev.leadline.balancer.TcpFixture.start;
import static dev.leadline.balancer.TcpFixture.unserved;
import static dev.leadline.balancer.TestBalancer.eventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that are passed on as they are. */
@Timeout(60)
class TcpTest {

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
                  TcpFixture::start);
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
              TcpFixture::start);
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
}
