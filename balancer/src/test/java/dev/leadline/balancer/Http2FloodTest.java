package dev.leadline.balancer;

import static dev.leadline.balancer.FrameClient.CONTINUATION;
import static dev.leadline.balancer.FrameClient.END_HEADERS;
import static dev.leadline.balancer.FrameClient.END_STREAM;
import static dev.leadline.balancer.FrameClient.GOAWAY;
import static dev.leadline.balancer.FrameClient.HEADERS;
import static dev.leadline.balancer.FrameClient.PING;
import static dev.leadline.balancer.FrameClient.PRIORITY;
import static dev.leadline.balancer.FrameClient.RST_STREAM;
import static dev.leadline.balancer.FrameClient.SETTINGS;
import static dev.leadline.balancer.FrameClient.WINDOW_UPDATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.FrameClient.Answer;
import dev.leadline.balancer.FrameClient.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP/2 lets a client make big or many at little cost to itself has a limit. */
class Http2FloodTest {

  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final String LARGE = "HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n";

  private final CountDownLatch goOn = new CountDownLatch(1);

  private static void assertCalmedDown(FrameClient client) throws IOException {
    Frame goAway = Objects.requireNonNull(client.next(GOAWAY), "the connection ended silently");
    assertEquals(ENHANCE_YOUR_CALM, goAway.number(4));
  }

  /** CVE-2023-44487. */
  @Test
  void aClientThatResetsRapidlyIsClosed() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      for (int stream = 1; stream < 2 * 250; stream += 2) {
        client.get(stream, "/").send(RST_STREAM, stream, 8);
      }
      assertCalmedDown(client);
      TestBalancer.eventually("all have left", () -> balancer.balancer.requestsInFlight() == 0);
      goOn.countDown();
    }
  }

  /** What a client takes back at once reaches no target. */
  @Test
  void requestsThatAreResetTogetherWithTheirHeadAreNotPassedOn() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      for (int stream = 1; stream < 2 * 50; stream += 2) {
        both.writeBytes(
            FrameClient.bytes(
                HEADERS, END_HEADERS | END_STREAM, stream, FrameClient.head("GET", "/")));
        both.writeBytes(FrameClient.bytes(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
      }
      client.send(both.toByteArray());
      assertEquals(200, client.get(101, "/").read(101).status());
      assertEquals(1, target.unreadHeads().size());
    }
  }

  /** CVE-2025-8671: it is the balancer that resets, because of frames that make no sense. */
  @Test
  void aClientThatMakesTheBalancerResetRapidlyIsClosed() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      try {
        for (int stream = 1; stream < 2 * 1_000; stream += 2) {
          client.get(stream, "/").send(WINDOW_UPDATE, stream, 0);
        }
      } catch (SocketException closed) {
        // As it should be; the end that the client sees may be a reset.
      }
      assertNull(client.next(-1));
      TestBalancer.eventually("all have left", () -> balancer.balancer.requestsInFlight() == 0);
      goOn.countDown();
    }
  }

  /** CVE-2024-27316. */
  @Test
  void aHeadInEndlessPartsIsClosed() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target)) {
      for (String part : List.of("", "a", "a".repeat(16_000))) {
        try (FrameClient client = new FrameClient(balancer.port())) {
          client.send(HEADERS, END_STREAM, 1, FrameClient.head("GET", "/"));
          byte[] header = FrameClient.block("x", part);
          for (int i = 0; i < 20; i++) {
            client.send(CONTINUATION, 0, 1, part.isEmpty() ? new byte[0] : header);
          }
          assertNull(client.next(-1)); // Nothing but the end of the connection.
        } catch (SocketException closed) {
          // Closed while it was still sending, which is as good.
        }
      }
      assertEquals(List.of(), target.unreadHeads());
    }
  }

  /** A head, and a frame of any other kind, that begins and does not go on. */
  @ParameterizedTest
  @ValueSource(ints = {HEADERS, PING, 77})
  void whatDoesNotGoOnIsClosed(int type) throws Exception {
    try (TestBalancer balancer =
            TestBalancer.start("timeouts: {clientHead: 200ms}\n" + TestBalancer.oneGroup());
        FrameClient client = new FrameClient(balancer.port())) {
      assertEquals(503, client.get(1, "/").read(1).status());
      byte[] frame = FrameClient.bytes(type, 0, type == PING ? 0 : 3, new byte[8]);
      client.send(type == HEADERS ? frame : Arrays.copyOf(frame, frame.length - 1));
      assertCalmedDown(client);
    }
  }

  @Test
  void unfinishedHeadsAreCounted() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      byte[] head = FrameClient.head("GET", "/");
      client.send(HEADERS, END_STREAM, 1, head);
      TestBalancer.eventually(
          "counted", () -> balancer.metric("leadline_unfinished_head_bytes") == 9 + head.length);
      client.send(CONTINUATION, END_HEADERS, 1, new byte[0]);
      assertEquals(200, client.read(1).status());
      assertEquals(0, balancer.metric("leadline_unfinished_head_bytes"));
      client.send(HEADERS, END_STREAM, 3, head);
      TestBalancer.eventually(
          "counted", () -> balancer.metric("leadline_unfinished_head_bytes") > 0);
    }
  }

  /** CVE-2019-9512, CVE-2019-9515 and CVE-2019-9513, of a client that reads its answers. */
  @ParameterizedTest
  @ValueSource(ints = {PING, SETTINGS, PRIORITY, 77})
  void aClientThatSendsVeryManyFramesOfNoRequestIsClosed(int type) throws Exception {
    int bytes = type == PING ? 8 : type == PRIORITY ? 5 : 0;
    byte[] frame = FrameClient.bytes(type, 0, type == PRIORITY ? 3 : 0, new byte[bytes]);
    try (TestBalancer balancer = TestBalancer.before();
        FrameClient client = new FrameClient(balancer.port())) {
      ByteArrayOutputStream many = new ByteArrayOutputStream();
      for (int i = 0; i < 3_000; i++) {
        many.writeBytes(frame);
      }
      client.send(many.toByteArray());
      assertCalmedDown(client);
    }
  }

  @Test
  void aSmallHeadThatStandsForALargeOneIsRefused() throws Exception {
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      ByteArrayOutputStream bomb = new ByteArrayOutputStream();
      bomb.writeBytes(FrameClient.head("GET", "/"));
      byte[] header = FrameClient.block("x", "a".repeat(3_900));
      header[0] = 0x40; // Put it into the table; each further byte is the whole header again.
      bomb.writeBytes(header);
      for (int i = 0; i < 5_000; i++) {
        bomb.write(0x80 | 62);
      }
      client.send(HEADERS, END_HEADERS | END_STREAM, 1, bomb.toByteArray());
      Answer answer = client.read(1);
      assertTrue(answer.status() == 431 || !answer.complete(), answer.toString());
      assertEquals(List.of(), target.unreadHeads());
    }
  }

  @Test
  void aClientHasAHundredStreams() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.before(target);
        FrameClient client = new FrameClient(balancer.port())) {
      for (int stream = 1; stream <= 2 * 101; stream += 2) {
        client.get(stream, "/");
      }
      assertEquals(7, client.read(201).reset()); // REFUSED_STREAM: it may be sent again.
      goOn.countDown();
      assertEquals("ok", client.read(199).body());
      assertEquals("ok", client.get(203, "/").read(203).body());
    }
  }

  /** CVE-2019-9512 and CVE-2019-9515: answers that are not read. */
  @Test
  void aClientThatDoesNotReadIsNotRead() throws Exception {
    try (TestBalancer balancer = TestBalancer.before()) {
      for (int type : List.of(PING, SETTINGS)) {
        try (FrameClient client = new FrameClient(balancer.port())) {
          int frames = 600_000;
          ByteArrayOutputStream many = new ByteArrayOutputStream();
          for (int i = 0; i < 1_000; i++) {
            many.writeBytes(FrameClient.bytes(type, 0, 0, new byte[type == PING ? 8 : 0]));
          }
          AtomicLong sent = new AtomicLong();
          Thread sending =
              new Thread(
                  () -> {
                    try {
                      for (; sent.get() < frames; sent.addAndGet(1_000)) {
                        client.send(many.toByteArray());
                      }
                    } catch (IOException e) {
                      // It was closed instead, which is as good.
                    }
                  });
          sending.start();
          long before = -1;
          while (before < sent.get()) {
            before = sent.get();
            TimeUnit.MILLISECONDS.sleep(100); // Until nothing moves any more.
          }
          assertTrue(before < frames, "all were read though no answer was");
        }
      }
    }
  }

  /** One connection of HTTP/2 has a hundred requests: a share of connections alone would not do. */
  @Test
  void requestsAboveTheShareOfOneAddressAre503() throws Exception {
    try (RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer =
            TestBalancer.start("limits: {requests: 20}\n" + TestBalancer.oneGroup(target));
        FrameClient client = new FrameClient(balancer.port())) {
      for (int stream = 1; stream <= 2 * 11; stream += 2) {
        client.get(stream, "/");
      }
      assertEquals(503, client.read(21).status());
      TestBalancer.eventually("begun", () -> balancer.balancer.requestsInFlight() == 10);
      goOn.countDown();
      assertEquals("ok", client.read(19).body());
      TestBalancer.eventually("all ended", () -> balancer.balancer.requestsInFlight() == 0);
      assertEquals("ok", client.get(23, "/").read(23).body());
    }
  }

  /** An answer that no window lets out is held, and does not count as a request any more. */
  @Test
  void answersThatWaitForAWindowAreLimited() throws Exception {
    try (TestBalancer balancer =
            TestBalancer.start(
                "limits: {requests: 10, clientShare: 1}\n" + TestBalancer.oneGroup());
        FrameClient client = new FrameClient(balancer.port(), INITIAL_WINDOW_SIZE, 0)) {
      for (int stream = 1; stream <= 2 * 30; stream += 2) {
        client.get(stream, "/");
      }
      // Which ten are held depends on how many of the requests arrive together.
      for (int refused = 0; refused < 20; refused++) {
        assertNotNull(client.next(RST_STREAM));
      }
    }
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    try (TestBalancer balancer =
            TestBalancer.start("timeouts: {clientIdle: 4s}\n" + TestBalancer.oneGroup());
        FrameClient client = new FrameClient(balancer.port())) {
      assertEquals(503, client.get(1, "/").read(1).status());
      assertEquals(1, balancer.metric("leadline_client_connections"));
      assertNotNull(client.next(GOAWAY));
      TestBalancer.eventually("closed", () -> balancer.metric("leadline_client_connections") == 0);
    }
  }

  @Test
  void aClientThatGrantsNoWindowHolds64KilobytesUntilTheTimeout() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (RawTarget target =
            new RawTarget(
                connection -> {
                  if (connection.readHead().startsWith("GET /small")) {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  } else {
                    connection.send(LARGE);
                    for (; sent.get() < 33554432; sent.addAndGet(8192)) {
                      connection.send(new byte[8192]);
                    }
                  }
                });
        TestBalancer balancer =
            TestBalancer.start(
                "timeouts: {idle: 1s, response: 20s}\n" + TestBalancer.oneGroup(target));
        FrameClient client = new FrameClient(balancer.port(), INITIAL_WINDOW_SIZE, 0)) {
      client.get(1, "/large").get(3, "/small").get(5, "/small");
      assertEquals(2, client.read(1).reset());
      assertEquals(2, client.read(3).reset());
      assertEquals(2, client.read(5).reset());
      assertTrue(sent.get() < 16_000_000, sent + " bytes left the target");
      TestBalancer.eventually("all ended", () -> balancer.balancer.requestsInFlight() == 0);
    }
  }
}
