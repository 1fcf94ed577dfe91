package dev.leadline.balancer;

import static dev.leadline.balancer.TcpFixture.SEND_BACK;
import static dev.leadline.balancer.TcpFixture.connect;
import static dev.leadline.balancer.TcpFixture.echo;
import static dev.leadline.balancer.TcpFixture.echoing;
import static dev.leadline.balancer.TcpFixture.readToEnd;
import static dev.leadline.balancer.TcpFixture.start;
import static dev.leadline.balancer.TcpFixture.startBefore;
import static dev.leadline.balancer.TcpFixture.unserved;
import static dev.leadline.balancer.TestBalancer.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many connections are passed on, and when they end. */
@Timeout(60)
class TcpLimitsTest {

  @Test
  void anAddressMayNotHaveMoreThanItsShare() throws Exception {
    try (RawTarget target = new RawTarget(SEND_BACK);
        TestBalancer balancer = start("limits: {connections: 10, clientShare: 0.3}\n", target)) {
      List<Socket> open = echoing(balancer, 3);
      try (Socket client = connect(balancer)) {
        assertThrows(IOException.class, () -> client.getInputStream().read());
      }
      eventually("counted", () -> unserved(balancer, "client_share") == 1);
      open.get(0).close();
      eventually("it is gone", () -> balancer.metric("leadline_client_connections") == 2);
      try (Socket client = connect(balancer)) {
        echo(client, 'y');
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
      List<Socket> open = echoing(balancer, 4);
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
      echo(client, 'x');
      balancer.reload(
          yaml ->
              yaml.replace("id: t0", "id: t1").replace(" " + leaving.port(), " " + staying.port()));
      echo(client, 'y');
      try (Socket next = connect(balancer)) {
        echo(next, 'z');
        eventually("elsewhere", () -> staying.connections() >= 1);
        balancer.reload(yaml -> yaml.replace("3600s", "0s"));
        assertThrows(IOException.class, () -> client.getInputStream().read());
        eventually("counted", () -> unserved(balancer, "target_gone") == 1);
        echo(next, 'z');
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
      echo(client, 'x');
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
      balancer.awaitHealth(0, "unhealthy");
      assertEquals("connection refused", balancer.target(0).getString("unhealthyBecause"));
      try (RawTarget back = new RawTarget(RawTarget.Connection::readToEnd, port)) {
        balancer.awaitHealth(0, "healthy");
        assertTrue(back.connections() > 0);
      }
    }
  }

  /**
   * Catches a client that is no longer counted while a target that does not read still has to get
   * what it sent. How much the kernel takes is found by a first connection.
   */
  @Test
  void aClientThatHasLeftCountsUntilTheTargetHasGotAll() throws Exception {
    List<Socket> atTarget = new CopyOnWriteArrayList<>();
    try (ServerSocket target = new ServerSocket()) {
      target.setReceiveBufferSize(4096);
      target.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      start(
          () -> {
            try {
              while (true) {
                Socket accepted = target.accept();
                accepted.shutdownOutput();
                atTarget.add(accepted);
              }
            } catch (IOException e) {
              // The test is over.
            }
          });
      try (TestBalancer balancer = startBefore("", "", target.getLocalPort())) {
        Socket first = connect(balancer);
        int parts = sendParts(balancer, first, Integer.MAX_VALUE);
        for (int most = parts - 1; most <= parts + 1; most++) {
          try (Socket client = connect(balancer)) {
            sendParts(balancer, client, most);
          }
        }
        eventually(
            "something is left for the target of clients that have left, and counts",
            () -> {
              double inFlight = balancer.metric("leadline_requests_in_flight");
              return inFlight > 1
                  && inFlight == balancer.metric("leadline_client_connections")
                  && inFlight == balancer.metric("leadline_busiest_client_connections");
            });
        first.close();
        double sent = balancer.metric("leadline_client_bytes_total");
        long got = 0;
        for (Socket connection : atTarget) {
          got += connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
        assertTrue(got >= sent, got + " of " + sent); // It had not read all that was sent then.
        eventually("all is over", () -> balancer.metric("leadline_client_connections") == 0);
        assertEquals(0, balancer.metric("leadline_busiest_client_connections"));
      }
    }
  }

  /** Sends parts until the balancer reads no more; how many of them it has read. */
  private static int sendParts(TestBalancer balancer, Socket client, int most) throws Exception {
    double before = balancer.metric("leadline_client_bytes_total");
    byte[] part = new byte[20_000];
    for (int sent = 1; sent <= most; sent++) {
      client.getOutputStream().write(part);
      int looks = 0;
      while (balancer.metric("leadline_client_bytes_total") < before + sent * 20_000.0) {
        if (++looks > 100) {
          return sent - 1;
        }
      }
    }
    return most;
  }
}
