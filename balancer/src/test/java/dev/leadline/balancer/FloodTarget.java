package dev.leadline.balancer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A target of which the path of a request chooses what it does, and mostly does wrong. */
final class FloodTarget implements AutoCloseable {

  private static final int STACK_BYTES = 128 * 1024;
  private static final byte[] BODY_PART = new byte[64 * 1024];
  private static final byte[] CRUMBS =
      "1\r\nx\r\n".repeat(10_000).getBytes(StandardCharsets.ISO_8859_1);

  private final ServerSocket server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  FloodTarget() throws IOException {
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(null, work, "flood-target", STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private void serve(Socket socket) {
    try {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        String path = readHead(in);
        if (path.isEmpty() || !answer(path, out)) {
          break;
        }
      }
    } catch (IOException e) {
      // The other side has left, as it may.
    }
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // As good as closed.
    }
  }

  /** The path of the next request, or nothing at the end. */
  private static String readHead(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    String path = "";
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next == '\n') {
        if (line.length() == 0) {
          return path.isEmpty() ? "/" : path;
        }
        if (path.isEmpty()) {
          String[] words = line.toString().split(" ", -1);
          path = words.length == 3 ? words[1] : "/";
        }
        line.setLength(0);
      } else if (next != '\r') {
        line.append((char) next);
      }
    }
    return "";
  }

  /** Whether the connection stays open. */
  private static boolean answer(String path, OutputStream out) throws IOException {
    switch (path) {
      case "/health-without-end" -> {
        send(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (true) {
          send(out, "1000\r\n" + "x".repeat(4096) + "\r\n");
        }
      }
      case "/hints" -> {
        while (true) {
          send(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(50));
        }
      }
      case "/large" -> {
        send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        while (true) {
          out.write(BODY_PART);
        }
      }
      case "/crumbs" -> {
        send(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (true) {
          out.write(CRUMBS);
        }
      }
      case "/surplus" -> send(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokxx");
      case "/short" -> {
        send(out, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
        return false;
      }
      case "/garbage" -> send(out, "\u0015\u0003\u0001garbage\r\n\r\n");
      case "/silent" -> sleep();
      default -> send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000));
    }
    return true;
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void sleep() {
    try {
      Thread.sleep(60_000); // This is how it stays silent: longer than the test.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
