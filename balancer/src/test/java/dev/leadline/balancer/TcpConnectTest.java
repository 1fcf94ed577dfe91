package dev.leadline.balancer;

import static dev.leadline.balancer.TestBalancer.eventually;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What becomes of a connection to a target that is not there yet when the client has gone. */
@Timeout(60)
@EnabledOnOs(OS.LINUX) // Others have no list of the sockets that is a file.
class TcpConnectTest {

  private static final String SYN_SENT = "02";

  /** Connections of this machine that wait for an answer of this port. */
  private static long opening(int port) {
    try {
      String to = ":%04X".formatted(port);
      List<String> lines = new ArrayList<>();
      for (String list : List.of("tcp", "tcp6")) { // A socket of IPv6 may have addresses of IPv4.
        lines.addAll(Files.readAllLines(Path.of("/proc/self/net", list)));
      }
      return lines.stream()
          .map(line -> line.strip().split("\\s+"))
          .filter(fields -> fields[2].endsWith(to) && fields[3].equals(SYN_SENT))
          .count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Fails where a connection is opened for as long as `timeouts.connect` allows. */
  @Test
  void itIsGivenUpWithItsClient() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = deaf.getLocalPort();
      for (int i = 0; i < 4; i++) {
        Socket socket = new Socket();
        sockets.add(socket);
        try {
          socket.connect(deaf.getLocalSocketAddress(), 200);
        } catch (SocketTimeoutException e) {
          break; // Its queue is full: the kernel drops what comes.
        }
      }
      try (TestBalancer balancer =
          TestBalancer.startWhole(
              """
              listener: {protocol: tcp, host: 127.0.0.1, port: 0}
              admin: {host: 127.0.0.1, port: 0}
              timeouts: {connect: 60s}
              targetGroups:
                - name: group
                  healthCheck: {interval: 5m, timeout: 100ms}
                  targets: [{id: t, address: 127.0.0.1, port: %d}]
              rules: []
              defaultAction: {forward: group}
              """
                  .formatted(port))) {
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          clients.add(new Socket(InetAddress.getLoopbackAddress(), balancer.port()));
        }
        sockets.addAll(clients);
        eventually("each has one on its way", () -> opening(port) >= clients.size());
        for (Socket client : clients) {
          client.setSoLinger(true, 0);
          client.close();
        }
        eventually("none is on its way", () -> opening(port) == 0);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
