package dev.leadline.balancer;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** A client that sends exactly the bytes it is told to, and reads answers by the book. */
public final class RawClient implements AutoCloseable {

  private final Socket socket;
  private final InputStream in;

  public RawClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Speaks on this connection. */
  public RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(30_000);
    in = socket.getInputStream();
  }

  /**
   * An answer as it came over the wire.
   *
   * @param complete whether its body ended the way its head said it would
   */
  public record Answer(int status, String head, String body, boolean complete) {
    /** The reason in an answer of the balancer's own. */
    public String reason() {
      return new JsonObject(body).getString("reason");
    }

    public Optional<String> header(String name) {
      return head.lines()
          .skip(1)
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
          .map(line -> line.substring(name.length() + 1).trim())
          .findFirst();
    }
  }

  /** Sends text as bytes, one for each character. */
  public RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  public RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** One GET on this connection. */
  public Answer get(String path) throws IOException {
    return get(path, "test");
  }

  /** One GET on this connection, for this host. */
  public Answer get(String path, String host) throws IOException {
    send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return read();
  }

  /** Reads one answer to a request that may have a body in its answer. */
  public Answer read() throws IOException {
    return read(true);
  }

  /**
   * Reads one answer.
   *
   * @param body whether an answer with Content-Length has its body; false after HEAD
   */
  public Answer read(boolean body) throws IOException {
    String head = readHead();
    if (head.isEmpty()) {
      return new Answer(0, "", "", false);
    }
    int status = Integer.parseInt(head.substring(9, 12));
    Answer bare = new Answer(status, head, "", true);
    if (!body || status < 200 || status == 204 || status == 304) {
      return bare;
    }
    Optional<String> length = bare.header("content-length");
    if (length.isPresent()) {
      byte[] bytes = readUpTo(Integer.parseInt(length.get()));
      return new Answer(
          status,
          head,
          new String(bytes, StandardCharsets.ISO_8859_1),
          bytes.length == Integer.parseInt(length.get()));
    }
    if (bare.header("transfer-encoding").isPresent()) {
      return readChunked(status, head);
    }
    return readToEnd(status, head);
  }

  private String readHead() throws IOException {
    return readUntil("\r\n\r\n");
  }

  /** Reads up to and with this text; empty if the connection ended first. */
  public String readUntil(String end) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try {
      int next = in.read();
      while (next >= 0) {
        read.write(next);
        if (next == end.charAt(end.length() - 1)
            && read.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
          return read.toString(StandardCharsets.ISO_8859_1);
        }
        next = in.read();
      }
    } catch (java.net.SocketException e) {
      // Reset before an answer: there is none.
    }
    return "";
  }

  private Answer readChunked(int status, String head) throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      String line = readLine();
      if (line.isEmpty()) {
        return new Answer(status, head, body.toString(), false);
      }
      int size = Integer.parseInt(line, 16);
      byte[] chunk = readUpTo(size + 2);
      if (chunk.length < size + 2) {
        return new Answer(status, head, body.toString(), false);
      }
      if (size == 0) {
        return new Answer(status, head, body.toString(), true);
      }
      body.append(new String(chunk, 0, size, StandardCharsets.ISO_8859_1));
    }
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    try {
      int next = in.read();
      while (next >= 0 && next != '\n') {
        if (next != '\r') {
          line.append((char) next);
        }
        next = in.read();
      }
      return next < 0 ? "" : line.toString();
    } catch (java.net.SocketException e) {
      return "";
    }
  }

  private byte[] readUpTo(int bytes) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try {
      while (read.size() < bytes) {
        byte[] part = in.readNBytes(Math.min(65536, bytes - read.size()));
        if (part.length == 0) {
          break;
        }
        read.write(part);
      }
    } catch (java.net.SocketException e) {
      // Reset in the middle: what came is what came.
    }
    return read.toByteArray();
  }

  /** A body that ends with the connection: complete only if that is a regular end. */
  private Answer readToEnd(int status, String head) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try {
      in.transferTo(read);
      return new Answer(status, head, read.toString(StandardCharsets.ISO_8859_1), true);
    } catch (java.net.SocketException e) {
      return new Answer(status, head, read.toString(StandardCharsets.ISO_8859_1), false);
    }
  }

  /** Reads so many bytes and forgets them. */
  public void skip(int bytes) throws IOException {
    in.skipNBytes(bytes);
  }

  /** All that comes until the connection ends, in whatever way. */
  public String readToEnd() throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try {
      in.transferTo(read);
    } catch (java.net.SocketException e) {
      // Reset: what came is what came.
    }
    return read.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the balancer has ended this connection; waits for it up to the socket's timeout. */
  public boolean isEnded() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (java.net.SocketException e) {
      return true;
    }
  }

  public void timeout(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  /** Ends the sending side only. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Ends the connection with a reset. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
