package dev.leadline.balancer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** A target that speaks HTTP/2 frame by frame, as a test says. */
public final class FrameTarget implements AutoCloseable {

  public static final int MAX_CONCURRENT_STREAMS = 3;
  public static final int INITIAL_WINDOW_SIZE = 4;

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  public FrameTarget() throws IOException {
    server.setSoTimeout(20_000);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** The next connection, which begins with these settings. */
  public FrameClient accept(int... settings) throws IOException {
    return FrameClient.serving(server.accept(), settings);
  }

  /** The head of the next request on a connection. */
  public static FrameClient.Frame nextRequest(FrameClient connection) throws IOException {
    FrameClient.Frame head = connection.next(FrameClient.HEADERS);
    if (head == null) {
      throw new IOException("the connection ended before a request came");
    }
    return head;
  }

  /** Answers with 200 and this body. */
  public static void answer(FrameClient connection, int stream, String body) throws IOException {
    connection
        .send(
            FrameClient.HEADERS,
            FrameClient.END_HEADERS,
            stream,
            FrameClient.block(":status", "200", "content-length", "" + body.length()))
        .data(stream, body, true);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
