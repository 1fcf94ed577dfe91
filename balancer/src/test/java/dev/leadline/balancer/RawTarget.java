package dev.leadline.balancer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A target that does exactly what a test says, byte by byte: nothing of an HTTP library stands
 * between the test and the wire.
 */
public final class RawTarget implements AutoCloseable {

  /** What to do with a connection. */
  @FunctionalInterface
  public interface Script {
    void run(Connection connection) throws IOException;
  }

  /** Answers every request with 200 and its request head as the body, and keeps the connection. */
  public static final Script ECHO =
      connection -> {
        String head = connection.readHead();
        while (!head.isEmpty()) {
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Length: " + head.length() + "\r\n\r\n" + head);
          head = connection.readHead();
        }
      };

  private final ServerSocket server;
  private final Thread accepting;
  private final List<Connection> open = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private final AtomicInteger connections = new AtomicInteger();

  /** Listens on a free port of loopback. */
  public RawTarget(Script script) throws IOException {
    this(script, 0);
  }

  public RawTarget(Script script, int port) throws IOException {
    this(script, new ServerSocket(port, 500, InetAddress.getLoopbackAddress()));
  }

  private RawTarget(Script script, ServerSocket server) {
    this.server = server;
    accepting = daemon(() -> accept(script));
  }

  /** Listens on this socket, which may be one of TLS. */
  public static RawTarget on(ServerSocket server, Script script) {
    return new RawTarget(script, server);
  }

  /** Listens on a free port of the IPv6 loopback. */
  public static RawTarget onIpv6(Script script) throws IOException {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    return new RawTarget(script, new ServerSocket(0, 500, InetAddress.getByAddress(loopback)));
  }

  /** Always answers the same to a request without a body. */
  public static RawTarget answering(String answer) throws IOException {
    return new RawTarget(
        connection -> {
          while (!connection.readHead().isEmpty()) {
            connection.send(answer);
          }
        });
  }

  /** Answers every request with 200 and "ok", but not before the latch is down. */
  public static RawTarget holding(CountDownLatch goOn) throws IOException {
    return new RawTarget(
        connection -> {
          while (!connection.readHead().isEmpty()) {
            try {
              goOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        });
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Connections accepted so far. */
  public int connections() {
    return connections.get();
  }

  /** The head of the next request that arrived, health checks left out. */
  public String nextHead() throws InterruptedException {
    String head = heads.poll(20, TimeUnit.SECONDS);
    if (head == null) {
      throw new AssertionError("no request reached the target");
    }
    return head;
  }

  /** Heads of requests that nobody asked for with {@link #nextHead}. */
  public List<String> unreadHeads() {
    return List.copyOf(heads);
  }

  /** Afterwards nothing is accepted: the kernel listens until the thread has left its accept. */
  @Override
  public void close() throws IOException {
    server.close();
    try {
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Connection connection : open) {
      connection.socket.close();
    }
  }

  private void accept(Script script) {
    try {
      while (true) {
        Connection connection = new Connection(server.accept());
        connections.incrementAndGet();
        open.add(connection);
        daemon(() -> connection.run(script));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "raw-target");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** One connection from the balancer. */
  public final class Connection {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    Connection(Socket socket) throws IOException {
      this.socket = socket;
      in = socket.getInputStream();
      out = socket.getOutputStream();
    }

    private void run(Script script) {
      try (socket) {
        script.run(this);
      } catch (IOException e) {
        // The other side went away; what that means is the test's to say.
      }
    }

    /** Reads up to the empty line that ends a head; answers health checks; empty at the end. */
    public String readHead() throws IOException {
      while (true) {
        String head = readUntil("\r\n\r\n");
        if (!head.startsWith("GET /health ")) {
          if (!head.isEmpty()) {
            heads.add(head);
          }
          return head;
        }
        send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
    }

    /** Reads up to and with this text; empty if the connection ended first. */
    public String readUntil(String end) throws IOException {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      int next = in.read();
      while (next >= 0) {
        read.write(next);
        if (next == end.charAt(end.length() - 1)
            && read.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
          return read.toString(StandardCharsets.ISO_8859_1);
        }
        next = in.read();
      }
      return "";
    }

    /** Reads so many bytes. */
    public byte[] read(int bytes) throws IOException {
      return in.readNBytes(bytes);
    }

    /** Reads what there is, or waits for more; empty at the end. */
    public String readSome() throws IOException {
      byte[] bytes = new byte[65536];
      int length = in.read(bytes);
      return length < 0 ? "" : new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** Reads until the other side ends or resets, and says what came. */
    public String readToEnd() {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      try {
        in.transferTo(read);
      } catch (IOException e) {
        // A reset is an end too.
      }
      return read.toString(StandardCharsets.ISO_8859_1);
    }

    public void send(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    public void send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /** Gives what was sent the time to arrive; nothing is expected back. */
    public void readUntilQuiet() throws IOException {
      readUntilQuiet(300);
    }

    public void readUntilQuiet(int millis) throws IOException {
      socket.setSoTimeout(millis);
      try {
        in.read();
      } catch (java.net.SocketTimeoutException e) {
        // Quiet.
      } finally {
        socket.setSoTimeout(0);
      }
    }

    /** Ends the sending side. */
    public void shutdownOutput() throws IOException {
      socket.shutdownOutput();
    }

    /** Ends the sending side, and reads what still comes. */
    public void finish() throws IOException {
      socket.shutdownOutput();
      readToEnd();
    }

    /** Ends the connection with a reset instead of a regular end. */
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }
}
