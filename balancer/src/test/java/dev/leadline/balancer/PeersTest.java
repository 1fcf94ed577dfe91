package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Balancers in front of the same targets that tell each other what they have in flight. */
class PeersTest {

  private static final String SECRET = "what-only-these-balancers-know";

  private Path folder;

  @BeforeEach
  void use(@TempDir Path given) {
    folder = given;
  }

  /** A target that answers with its name after some time, and holds what asks for /hold. */
  private static RawTarget target(String name, int millis, CountDownLatch goOn) throws IOException {
    return new RawTarget(
        connection -> {
          for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
            try {
              if (head.startsWith("GET /hold")) {
                goOn.await();
              } else if (!head.startsWith("GET /health")) {
                TimeUnit.MILLISECONDS.sleep(millis); // What it costs.
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
          }
        });
  }

  static int freePort() throws IOException {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return socket.getLocalPort();
    }
  }

  private String peers(int port, Integer... members) throws IOException {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, SECRET + "\n");
    List<String> listed = new ArrayList<>();
    for (int member : members) {
      listed.add("'127.0.0.1:" + member + "'");
    }
    return "peers: {host: 127.0.0.1, port: %d, secretFile: %s, members: %s}\n"
        .formatted(port, secret, listed);
  }

  private static String leadline(RawTarget... targets) {
    return TestBalancer.oneGroup(targets).replace("least_outstanding_requests", "leadline");
  }

  private static JsonObject peers(TestBalancer balancer) throws IOException {
    return balancer.status().getJsonObject("peers");
  }

  private static JsonObject member(TestBalancer balancer, int index) throws IOException {
    return peers(balancer).getJsonArray("members").getJsonObject(index);
  }

  private static void eventually(String state, TestBalancer balancer, int index) throws Exception {
    TestBalancer.eventually(
        "member " + index + " is " + state,
        () -> member(balancer, index).getString("state").equals(state));
  }

  /** The fast target has requests of one balancer, so that the slow one is better for the other. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aBalancerAvoidsWhatAnotherOneHasLoaded(int loops) throws Exception {
    int portA = freePort();
    int portB = freePort();
    CountDownLatch goOn = new CountDownLatch(1);
    List<RawClient> held = new ArrayList<>();
    try (RawTarget fast = target("fast", 50, goOn);
        RawTarget slow = target("slow", 100, goOn);
        TestBalancer a = TestBalancer.start(peers(portA, portA, portB) + leadline(fast));
        TestBalancer b =
            TestBalancer.start(peers(portB, portA, portB) + leadline(fast, slow), loops);
        TestBalancer alone = TestBalancer.start(leadline(fast, slow), loops)) {
      eventually("used", b, 0);
      eventually("self", b, 1);
      for (TestBalancer each : List.of(b, alone)) {
        TestBalancer.eventually("it knows which is faster", () -> prefers(each, "fast"));
      }
      for (int i = 0; i < 12; i++) {
        RawClient client = a.client();
        client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
        held.add(client);
      }
      TestBalancer.eventually(
          "b has heard of all", () -> member(b, 0).getInteger("requestsInFlight") == 12);
      TestBalancer.eventually("b avoids it", () -> prefers(b, "slow"));
      TestBalancer.eventually("who hears nothing does not", () -> prefers(alone, "fast"));
      goOn.countDown();
      TestBalancer.eventually("b uses it again", () -> prefers(b, "fast"));
      assertTrue(b.metric("leadline_peer_datagrams_received_total") > 0);
      TestBalancer.eventually("a is used", () -> b.metric("leadline_peers_used") == 1);
    } finally {
      goOn.countDown();
      for (RawClient client : held) {
        client.close();
      }
    }
  }

  /** Whether eight requests, one after the other on connections of their own, go there. */
  private static boolean prefers(TestBalancer balancer, String name) throws IOException {
    for (int i = 0; i < 8; i++) {
      if (!balancer.get("/").body().equals(name)) {
        return false;
      }
    }
    return true;
  }

  /** A peer that stops says so: it is not waited for until it is silent for too long. */
  @Test
  void whoStopsLeavesAtOnceAndWhoComesBackIsHeard() throws Exception {
    int portA = freePort();
    int portB = freePort();
    try (RawTarget target = target("t", 0, new CountDownLatch(0));
        TestBalancer b = TestBalancer.start(peers(portB, portA, portB) + leadline(target))) {
      eventually("unheard", b, 0);
      for (int i = 0; i < 2; i++) {
        try (TestBalancer a = TestBalancer.start(peers(portA, portA, portB) + leadline(target))) {
          eventually("used", b, 0);
          TestBalancer.await(a.balancer.drain());
          eventually("silent", b, 0);
          assertTrue(member(b, 0).getInteger("ageMillis") >= 0);
        }
      }
      assertEquals(0, peers(b).getJsonObject("refused").getInteger("older_boot"));
    }
  }

  @Test
  void peersAndSecretsChangeWhileItRuns() throws Exception {
    int portA = freePort();
    int portB = freePort();
    Path members = folder.resolve("members.yaml");
    Files.writeString(members, "[]\n");
    String listed = "members: ['127.0.0.1:" + portA + "', '127.0.0.1:" + portB + "']";
    String inFile = "membersFile: " + members;
    try (RawTarget target = target("t", 0, new CountDownLatch(0));
        TestBalancer a = TestBalancer.start(peers(portA, portA, portB) + leadline(target));
        TestBalancer b =
            TestBalancer.start(
                peers(portB, portA, portB).replace(listed, inFile) + leadline(target))) {
      TestBalancer.eventually(
          "a is a stranger to b",
          () -> peers(b).getJsonObject("refused").getInteger("stranger") > 0);
      Files.writeString(members, "['127.0.0.1:" + portA + "']\n");
      TestBalancer.eventually(
          "the file is read", () -> !peers(b).getJsonArray("members").isEmpty());
      eventually("used", b, 0);
      eventually("used", a, 1);
      Path other = folder.resolve("other-secret");
      Files.writeString(other, SECRET + "!");
      String first = folder.resolve("secret").toString();
      assertTrue(b.reload(yaml -> yaml.replace(first, other.toString())).contains("peers"));
      eventually("silent", b, 0);
      assertTrue(peers(b).getJsonObject("refused").getInteger("signature") > 0);
      a.reload(yaml -> yaml.replace(first, other.toString()));
      eventually("used", b, 0);
      for (String page : List.of(b.status().encode(), b.metrics())) {
        assertFalse(page.contains(SECRET));
      }
      assertFalse(b.balancer.current().toString().contains(SECRET));
      String fixed = b.reload(yaml -> yaml.replace("port: " + portB, "port: " + portA));
      assertTrue(fixed.contains("peers.port cannot change while the balancer runs"), fixed);
    }
  }

  /** A flood from a peer's own address, with the kernel's buffer full all the time. */
  @Test
  void aFloodOfDatagramsDoesNotKeepRequestsWaiting() throws Exception {
    int port = freePort();
    try (DatagramSocket flood =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        RawTarget target = target("t", 0, new CountDownLatch(0));
        TestBalancer balancer =
            TestBalancer.start(peers(port, flood.getLocalPort()) + leadline(target))) {
      CountDownLatch enough = new CountDownLatch(1);
      byte[] bytes = new byte[40 + 96 * 12 + 16];
      System.arraycopy(new byte[] {'L', 'E', 'A', 'D', 1}, 0, bytes, 0, 5);
      bytes[39] = 96; // As many targets as it is long, so that its signature is looked at.
      DatagramPacket packet =
          new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port);
      long[] sent = {0};
      Thread sender =
          new Thread(
              () -> {
                try {
                  while (enough.getCount() > 0) {
                    flood.send(packet);
                    sent[0]++;
                  }
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      sender.start();
      try {
        TestBalancer.eventually(
            "it is refused",
            () -> peers(balancer).getJsonObject("refused").getInteger("signature") > 100);
        for (int i = 0; i < 50; i++) {
          assertEquals("t", balancer.get("/").body());
        }
      } finally {
        enough.countDown();
        sender.join();
      }
      int refused = peers(balancer).getJsonObject("refused").getInteger("signature");
      assertTrue(refused < sent[0], refused + " of " + sent[0] + " were read");
    }
  }
}
