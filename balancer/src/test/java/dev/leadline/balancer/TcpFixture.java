package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A balancer that passes connections on, and clients of it. */
final class TcpFixture {

  /** Sends back what comes, and ends when the other side has ended. */
  static final RawTarget.Script SEND_BACK =
      connection -> {
        for (String some = connection.readSome(); !some.isEmpty(); some = connection.readSome()) {
          connection.send(some);
        }
      };

  static TestBalancer start(String more, RawTarget... targets) throws Exception {
    return start("", more, targets);
  }

  /** One group of these targets, with more keys of the group and of the file. */
  static TestBalancer start(String ofGroup, String more, RawTarget... targets) throws Exception {
    return startBefore(ofGroup, more, Arrays.stream(targets).mapToInt(RawTarget::port).toArray());
  }

  /** The same for targets at these ports of loopback. */
  static TestBalancer startBefore(String ofGroup, String more, int... ports) throws Exception {
    StringBuilder yaml = new StringBuilder("listener: {protocol: tcp, host: 127.0.0.1, port: 0}\n");
    yaml.append("admin: {host: 127.0.0.1, port: 0}\ntargetGroups:\n  - name: group\n");
    yaml.append("    healthCheck: {interval: 1m}\n").append(ofGroup.indent(4));
    yaml.append("    targets:\n");
    for (int i = 0; i < ports.length; i++) {
      yaml.append("      - {id: t%d, address: 127.0.0.1, port: %d}\n".formatted(i, ports[i]));
    }
    yaml.append("rules: []\ndefaultAction: {forward: group}\n").append(more);
    return TestBalancer.startWhole(yaml.toString());
  }

  /** A thread for each task: in a pool of one thread both would wait for each other. */
  static void start(Runnable task) {
    new Thread(task, "task").start();
  }

  static Socket connect(TestBalancer balancer) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), balancer.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends a letter to a target that sends it back ({@link #SEND_BACK}), and awaits that. */
  static void echo(Socket socket, char letter) throws IOException {
    send(socket, String.valueOf(letter));
    assertEquals(letter, socket.getInputStream().read());
  }

  /** Connections on which a letter has come back from such a target. */
  static List<Socket> echoing(TestBalancer balancer, int connections) throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Socket client = connect(balancer);
      open.add(client);
      echo(client, 'x');
    }
    return open;
  }

  static String readToEnd(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  static double unserved(TestBalancer balancer, String reason) throws IOException {
    return balancer.metric("leadline_unserved_requests_total{reason=\"" + reason + "\"}");
  }

  private TcpFixture() {}
}
