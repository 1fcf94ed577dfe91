package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A PROXY header is known by its beginning, also where it comes byte by byte. */
class HeaderBeginningTest {

  private static final String V1 = "PROXY TCP4 203.0.113.7 10.0.0.1 1 443\r\n";
  private static final String V2 = "\r\n\r\n\0\r\nQUIT\n\40\0\0\0";

  private final ProxyHeaders headers = new ProxyHeaders(Optional.empty());

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  /** What comes out behind the handler when these bytes come in, in pieces of this size. */
  private static String passed(EmbeddedChannel channel, String text, int piece) {
    for (int i = 0; i < text.length() && channel.isOpen(); i += piece) {
      channel.writeInbound(bytes(text.substring(i, Math.min(text.length(), i + piece))));
    }
    channel.finish();
    StringBuilder out = new StringBuilder();
    for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
      out.append(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return out.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 100})
  void aHeaderThatIsNotTrustedIsRefused(int piece) {
    for (String header : new String[] {V1, V2}) {
      EmbeddedChannel channel = new EmbeddedChannel(new UntrustedHeader(headers));
      String passed = passed(channel, header + "GET", piece);
      assertTrue(header.startsWith(passed), passed);
      assertNotEquals(HeaderBeginning.HEADER, HeaderBeginning.of(bytes(passed)), passed);
    }
    assertEquals(2, headers.refused());
  }

  /** Catches a client that waits for an answer to {@code P}, or to an empty line, and gets none. */
  @ParameterizedTest
  @ValueSource(strings = {"P", "\r\n"})
  void whatMayBecomeAHeaderIsNotHeldBack(String sent) {
    EmbeddedChannel channel = new EmbeddedChannel(new UntrustedHeader(headers));
    channel.writeInbound(bytes(sent));
    ByteBuf passed = channel.readInbound();
    assertEquals(bytes(sent), passed);
    passed.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 100})
  void aHeaderThatMayBeThereIsTakenOff(int piece) {
    for (String header : new String[] {V1, V2, ""}) {
      EmbeddedChannel channel = new EmbeddedChannel(new SkippedHeader());
      assertEquals("GET / HTTP/1.1\r\n", passed(channel, header + "GET / HTTP/1.1\r\n", piece));
    }
  }

  /** The second and the third one end where a header could still begin. */
  @ParameterizedTest
  @ValueSource(
      strings = {"GET / HTTP/1.1", "PROXY", "\r\n\r\n\0\r\nQUI", "PROPFIND", "\r\n\r\nGET"})
  void anythingElseIsPassedOn(String text) {
    for (int piece : new int[] {1, 100}) {
      assertEquals(text, passed(new EmbeddedChannel(new UntrustedHeader(headers)), text, piece));
      assertEquals(text, passed(new EmbeddedChannel(new SkippedHeader()), text, piece));
    }
    assertEquals(0, headers.refused());
  }
}
