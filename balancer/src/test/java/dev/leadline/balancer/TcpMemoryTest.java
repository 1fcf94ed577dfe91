package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What 500 connections hold on which both sides send and nobody reads, with a heap of 256 MB. */
@EnabledIfSystemProperty(named = "tests", matches = "full")
class TcpMemoryTest {

  private static final int CONNECTIONS = 500;
  private static final int MOST_BYTES_EACH = 2 * 32 * 1024 + 16 * 1024; // Both ways, and itself.

  private final List<SocketChannel> open = new ArrayList<>();

  /** Writes wherever there is room, until there is none any more. */
  private void fill() throws Exception {
    ByteBuffer part = ByteBuffer.allocate(64 * 1024);
    int quiet = 0;
    while (quiet < 5) {
      long written = 0;
      for (SocketChannel socket : open) {
        written += socket.write(part.clear());
      }
      quiet = written == 0 ? quiet + 1 : 0;
      TimeUnit.MILLISECONDS.sleep(100); // Until nothing moves any more.
    }
  }

  private void add(SocketChannel socket) throws IOException {
    socket.configureBlocking(false);
    open.add(socket);
  }

  @Test
  void aConnectionThatNobodyReadsHoldsLittle(@TempDir Path dir) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocketChannel target = ServerSocketChannel.open()) {
      target.bind(new InetSocketAddress(loopback, 0), 1000);
      int port = ((InetSocketAddress) target.getLocalAddress()).getPort();
      try (ChildBalancer balancer =
          new ChildBalancer(
              dir,
              """
              listener: {protocol: tcp, host: 127.0.0.1, port: 0}
              limits: {connections: 1000, clientShare: 1}
              targetGroups:
                - name: group
                  healthCheck: {interval: 5m}
                  targets: [{id: t, address: 127.0.0.1, port: %d}]
              rules: []
              defaultAction: {forward: group}
              """
                  .formatted(port),
              "-Xmx256m",
              "-XX:+UseSerialGC")) {
        target.accept().close(); // The health check.
        ChildBalancer.Memory before = balancer.memory();
        for (int i = 0; i < CONNECTIONS; i++) {
          add(SocketChannel.open(new InetSocketAddress(loopback, balancer.port())));
          add(target.accept());
        }
        fill();
        ChildBalancer.Memory after = balancer.memory();
        long each =
            (after.heapBytes() + after.directBytes() - before.heapBytes() - before.directBytes())
                / CONNECTIONS;
        System.out.println("a connection that nobody reads: " + each + " bytes");
        assertTrue(each > 4_000 && each <= MOST_BYTES_EACH, each + " bytes each");
      } finally {
        for (SocketChannel socket : open) {
          socket.close();
        }
      }
    }
  }
}
