package dev.leadline.balancer;

import static dev.leadline.balancer.FrameClient.CONTINUATION;
import static dev.leadline.balancer.FrameClient.END_HEADERS;
import static dev.leadline.balancer.FrameClient.END_STREAM;
import static dev.leadline.balancer.FrameClient.HEADERS;
import static dev.leadline.balancer.FrameClient.PING;
import static dev.leadline.balancer.FrameClient.RST_STREAM;
import static dev.leadline.balancer.FrameClient.SETTINGS;

import io.netty.channel.Channel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What clients do to harm a balancer, each by a thread of its own. A step is one blow; between two
 * steps there is a pause, so that they leave the balancer some of the machine.
 */
final class Floods implements AutoCloseable {

  /** One blow; what fails is closed and begun anew. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  private static final long PAUSE_MILLIS = 100;
  private static final long HTTP2_PAUSE_MILLIS = 1000; // A blow is a hundred requests or more.
  private static final int STEPS_OF_A_STREAM = 10;
  private static final int CONNECTIONS_THAT_TAKE = 8;
  private static final int PART_BYTES = 16 * 1024;
  private static final int PARTS_TO_TAKE = 20;
  private static final String HOST = "Host: a\r\n";
  private static final String END = "\r\n";

  private final InetSocketAddress balancer;
  private final StalledStreams streams;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  Floods(int port, StalledStreams streams) {
    this.streams = streams;
    balancer = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Every flood by its name. */
  Map<String, Step> all() {
    Map<String, Step> all = new LinkedHashMap<>();
    String names = ("Connection: " + "a,".repeat(7500) + END).repeat(2);
    all.put("heads of many names", () -> ask(get("/") + names + "b: \r\n".repeat(5000) + END));
    all.put(
        "unfinished heads", holding(320, get("/") + ("a: " + "x".repeat(990) + END).repeat(60)));
    all.put("pipelining", holding(30, "", (get("/") + END).repeat(20)));
    all.put("stalled uploads", stalling(350, streams::upload));
    all.put("stalled downloads", stalling(300, streams::download));
    all.put("stalled uploads over HTTP/2", stalling(40, port -> streams.http2Uploads(port, 10)));
    all.put(
        "stalled downloads over HTTP/2", stalling(20, port -> streams.http2Downloads(port, 100)));
    all.put(
        "bodies that do not come",
        holding(200, "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\n"));
    all.put("bodies of GET", () -> ask(get("/") + "Content-Length: 30\r\n\r\n" + get("/x") + END));
    all.put("CONNECT", () -> ask("CONNECT /x HTTP/1.1\r\n" + HOST + END));
    all.put("resets", () -> reset(get("/silent") + END));
    all.put("half-closed", () -> ask(get("/") + END));
    all.put(
        "malformed chunks",
        () -> ask("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"));
    all.put("silent connections", holding(500, ""));
    for (String path : List.of("/hints", "/surplus", "/short", "/garbage")) {
      all.put("target " + path, () -> ask(get(path) + END));
    }
    for (String path : List.of("/large", "/crumbs")) {
      all.put("target " + path, () -> take(get(path) + END));
    }
    all.put(
        "HTTP/2 rapid reset",
        () ->
            http2(
                client -> {
                  for (int stream = 1; stream < 500; stream += 2) {
                    client.get(stream, "/silent").send(RST_STREAM, stream, 8);
                  }
                }));
    all.put(
        "HTTP/2 CONTINUATION",
        () ->
            http2(
                client -> {
                  client.send(HEADERS, END_STREAM, 1, FrameClient.head("GET", "/"));
                  for (int i = 0; i < 20; i++) {
                    client.send(CONTINUATION, 0, 1, FrameClient.block("x", "a".repeat(16_000)));
                  }
                }));
    all.put(
        "HTTP/2 HPACK bomb",
        () ->
            http2(
                client -> {
                  ByteArrayOutputStream bomb = new ByteArrayOutputStream();
                  bomb.writeBytes(FrameClient.head("GET", "/"));
                  byte[] header = FrameClient.block("x", "a".repeat(3_900));
                  header[0] = 0x40;
                  bomb.writeBytes(header);
                  for (int i = 0; i < 5_000; i++) {
                    bomb.write(0x80 | 62);
                  }
                  client.send(HEADERS, END_HEADERS | END_STREAM, 1, bomb.toByteArray());
                  client.next();
                }));
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    String settings = text(SETTINGS, 0, new byte[0]);
    all.put("HTTP/2 PING", holding(10, preface + settings, text(PING, 0, new byte[8]).repeat(500)));
    all.put("HTTP/2 SETTINGS", holding(10, preface + settings, settings.repeat(500)));
    StringBuilder unfinished = new StringBuilder(preface).append(settings);
    unfinished.append(text(HEADERS, 1, FrameClient.block("x", "a".repeat(16_000))));
    for (int i = 0; i < 3; i++) {
      unfinished.append(text(CONTINUATION, 1, FrameClient.block("x", "a".repeat(16_000))));
    }
    all.put("HTTP/2 unfinished heads", holding(300, unfinished.toString()));
    return all;
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\n" + HOST;
  }

  private static String text(int type, int stream, byte[] payload) {
    return text(type, 0, stream, payload);
  }

  private static String text(int type, int flags, int stream, byte[] payload) {
    return new String(FrameClient.bytes(type, flags, stream, payload), StandardCharsets.ISO_8859_1);
  }

  /** Repeats a flood until the end. */
  void start(String name, Step step) {
    Thread thread =
        new Thread(
            () -> {
              while (!ended) {
                try {
                  step.run();
                } catch (IOException e) {
                  // Refused or closed, as it should be.
                }
                pause(name.contains("HTTP/2") ? HTTP2_PAUSE_MILLIS : PAUSE_MILLIS);
              }
            },
            name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** The pace of a flood: as fast as it can, it would take the processors from the balancer. */
  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A request on a connection of its own, whose answer is awaited. */
  private void ask(String request) throws IOException {
    try (RawClient client = new RawClient(balancer.getPort())) {
      client.timeout(500);
      client.send(request).finish();
      client.readToEnd();
    }
  }

  /** Takes answers without an end as fast as they come, on some connections, for a short time. */
  private void take(String request) throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS_THAT_TAKE; i++) {
        Socket socket = new Socket(balancer.getAddress(), balancer.getPort());
        open.add(socket);
        socket.setSoTimeout(500);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      }
      byte[] part = new byte[PART_BYTES];
      for (int i = 0; i < PARTS_TO_TAKE; i++) {
        for (Socket socket : open) {
          socket.getInputStream().readNBytes(part, 0, PART_BYTES);
        }
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private void reset(String request) throws IOException {
    for (int i = 0; i < 10; i++) {
      try (RawClient client = new RawClient(balancer.getPort())) {
        client.send(request).reset();
      }
    }
  }

  /** What is said on a connection of HTTP/2. */
  @FunctionalInterface
  private interface Speech {
    void on(FrameClient client) throws IOException;
  }

  private void http2(Speech speech) throws IOException {
    try (FrameClient client = new FrameClient(balancer.getPort())) {
      speech.on(client);
    }
  }

  /** So many connections that send this again and again, and never read; the oldest are reset. */
  private Step holding(int most, String first, String next) {
    ByteBuffer head = bytes(first);
    ByteBuffer more = bytes(next);
    Deque<Holder> held = new ArrayDeque<>();
    return () -> {
      if (held.size() == most) {
        held.removeFirst().reset();
      }
      for (int i = 0; i < 20 && held.size() < most; i++) {
        held.addLast(new Holder(balancer, head.duplicate(), more));
      }
      held.removeIf(it -> !it.push());
    };
  }

  /** Opens a stalled connection. */
  private interface Opening {
    Channel open(int port) throws InterruptedException;
  }

  /** So many connections whose bodies go no further; the oldest are reset. */
  private Step stalling(int most, Opening opening) {
    Deque<Channel> held = new ArrayDeque<>();
    AtomicInteger steps = new AtomicInteger();
    return () -> {
      if (held.size() == most && steps.incrementAndGet() % STEPS_OF_A_STREAM == 0) {
        var unused = held.removeFirst().close();
      }
      held.removeIf(it -> !it.isOpen());
      for (int i = 0; i < 20 && held.size() < most && !ended; i++) {
        try {
          held.addLast(opening.open(balancer.getPort()));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  private Step holding(int most, String once) {
    return holding(most, once, "");
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A connection that takes more of what is sent as long as it can. */
  private static final class Holder {
    private final SocketChannel channel;
    private final ByteBuffer more;
    private ByteBuffer now;

    Holder(InetSocketAddress balancer, ByteBuffer head, ByteBuffer more) throws IOException {
      channel = SocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.connect(balancer);
      channel.configureBlocking(false);
      this.more = more;
      now = head;
    }

    /** Whether it is still open. */
    boolean push() {
      try {
        for (int i = 0; i < 10; i++) {
          channel.write(now);
          if (now.hasRemaining() || !more.hasRemaining()) {
            return true;
          }
          now = more.duplicate();
        }
        return true;
      } catch (IOException e) {
        reset();
        return false;
      }
    }

    void reset() {
      try {
        channel.close();
      } catch (IOException e) {
        // As good as closed.
      }
    }
  }

  @Override
  public void close() {
    ended = true;
    for (Thread thread : threads) {
      try {
        thread.join(5000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
