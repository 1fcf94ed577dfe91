package dev.leadline.balancer;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A client that speaks HTTP/2 frame by frame, as a test says. */
public final class FrameClient implements AutoCloseable {

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final Socket socket;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final List<Frame> unread = new ArrayList<>();

  /** Connects without TLS and begins with the preface and these settings. */
  public FrameClient(int port, int... settings) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port), settings);
  }

  /**
   * Begins on this connection with the preface.
   *
   * @param settings identifiers, each followed by its value
   */
  public FrameClient(Socket socket, int... settings) throws IOException {
    this(socket, socket.getInputStream());
    send(PREFACE.getBytes(StandardCharsets.US_ASCII));
    sendSettings(settings);
  }

  /** Plays the server on a connection that was accepted: reads the preface, sends settings. */
  public static FrameClient serving(Socket accepted, int... settings) throws IOException {
    FrameClient server = new FrameClient(accepted, accepted.getInputStream());
    server.in.skipNBytes(PREFACE.length());
    server.sendSettings(settings);
    return server;
  }

  private FrameClient(Socket socket, InputStream input) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(input);
  }

  private void sendSettings(int... settings) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    send(SETTINGS, 0, 0, payload.array());
  }

  /**
   * A frame that came.
   *
   * @param head of HEADERS, as lines
   */
  public record Frame(int type, int flags, int stream, Buffer payload, String head) {
    public boolean endsStream() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    /** The 32 bits of the payload from this byte on: an error code, a stream id. */
    public int number(int at) {
      return payload.getInt(at);
    }
  }

  /**
   * What came of a stream.
   *
   * @param heads each head as lines, trailers too
   * @param reset the error code if it was reset, otherwise -1
   */
  public record Answer(List<String> heads, String body, boolean complete, int reset) {
    public int status() {
      String last = "";
      for (String head : heads) {
        last = head.startsWith(":status") ? head : last;
      }
      return last.isEmpty() ? 0 : Integer.parseInt(last.substring(9, 12));
    }
  }

  /** The bytes of a frame. */
  public static byte[] bytes(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** A block of headers, each as a literal that is not indexed. */
  public static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.write(0);
      string(block, namesAndValues[i]);
      string(block, namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length;
    if (rest < 127) {
      to.write(rest);
    } else {
      to.write(127);
      for (rest -= 127; rest >= 128; rest >>= 7) {
        to.write((rest & 127) | 128);
      }
      to.write(rest);
    }
    to.writeBytes(bytes);
  }

  /** The head of a request with these headers beside the usual ones. */
  public static byte[] head(String method, String path, String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(
        block(":method", method, ":scheme", "http", ":path", path, ":authority", "test"));
    block.writeBytes(block(namesAndValues));
    return block.toByteArray();
  }

  public FrameClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  public FrameClient send(int type, int flags, int stream, byte[] payload) throws IOException {
    return send(bytes(type, flags, stream, payload));
  }

  /** Sends a number as the payload of a frame. */
  public FrameClient send(int type, int stream, int number) throws IOException {
    return send(type, 0, stream, ByteBuffer.allocate(4).putInt(number).array());
  }

  public FrameClient get(int stream, String path, String... namesAndValues) throws IOException {
    return send(HEADERS, END_HEADERS | END_STREAM, stream, head("GET", path, namesAndValues));
  }

  /** The head of a request whose body follows. */
  public FrameClient post(int stream, String path, String... namesAndValues) throws IOException {
    return send(HEADERS, END_HEADERS, stream, head("POST", path, namesAndValues));
  }

  public FrameClient data(int stream, String text, boolean end) throws IOException {
    return send(DATA, end ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The next frame, or null at the end of the connection. Acknowledges settings. */
  public @Nullable Frame next() throws IOException {
    try {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      Buffer payload = Buffer.buffer(in.readNBytes(length));
      if (payload.length() < length) {
        return null;
      }
      if (type == SETTINGS && flags == 0) {
        acknowledgeSettings();
      }
      // Even where nobody asks: the next head may refer to this one.
      String head = type == HEADERS ? decoded(flags, stream, payload) : "";
      return new Frame(type, flags, stream, payload, head);
    } catch (java.io.EOFException | java.net.SocketException e) {
      return null;
    }
  }

  /** The other side may have gone, and what it sent before can still be read. */
  private void acknowledgeSettings() throws IOException {
    try {
      send(SETTINGS, ACK, 0, new byte[0]);
    } catch (java.net.SocketException e) {
      // The next read says whether it has.
    }
  }

  /** The next frame of this type, or null at the end of the connection. */
  public @Nullable Frame next(int type) throws IOException {
    @Nullable Frame frame = next();
    while (frame != null && frame.type != type) {
      frame = next();
    }
    return frame;
  }

  /** Reads until this stream ends; keeps what comes of others. */
  public Answer read(int stream) throws IOException {
    List<String> heads = new ArrayList<>();
    StringBuilder body = new StringBuilder();
    while (true) {
      @Nullable Frame frame = nextOf(stream);
      if (frame == null) {
        return new Answer(heads, body.toString(), false, -1);
      }
      if (frame.type == HEADERS) {
        heads.add(frame.head);
      } else if (frame.type == DATA) {
        body.append(frame.payload.toString(StandardCharsets.ISO_8859_1));
      } else if (frame.type == RST_STREAM) {
        return new Answer(heads, body.toString(), false, frame.number(0));
      }
      if (frame.endsStream()) {
        return new Answer(heads, body.toString(), true, -1);
      }
    }
  }

  private @Nullable Frame nextOf(int stream) throws IOException {
    for (Frame kept : unread) {
      if (kept.stream == stream) {
        unread.remove(kept);
        return kept;
      }
    }
    @Nullable Frame frame = next();
    while (frame != null && frame.stream != stream) {
      unread.add(frame);
      frame = next();
    }
    return frame;
  }

  private String decoded(int flags, int stream, Buffer payload) throws IOException {
    int priority = (flags & 0x20) == 0 ? 0 : 5;
    Http2Headers headers;
    try {
      headers =
          decoder.decodeHeaders(
              stream, Unpooled.wrappedBuffer(payload.getBytes(priority, payload.length())));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    return java.util.stream.StreamSupport.stream(headers.spliterator(), false)
        .map((Map.Entry<CharSequence, CharSequence> it) -> it.getKey() + ": " + it.getValue())
        .collect(Collectors.joining("\n"));
  }

  public void timeout(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
