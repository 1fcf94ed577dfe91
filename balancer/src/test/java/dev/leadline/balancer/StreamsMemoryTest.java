package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.ChildBalancer.Memory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What 5,000 bodies that go no further hold, half of them each way: of the heap, and of memory
 * outside it. What a request holds that has no body, with its connections, is measured before.
 */
@EnabledIfSystemProperty(named = "tests", matches = "full")
class StreamsMemoryTest {

  private static final int STREAMS_EACH_WAY = 2_500;
  private static final int STREAMS_OF_CONNECTION = 4; // Their windows are that of the connection.
  private static final int MOST_BYTES = 64 * 1024;

  private StalledStreams streams;
  private ChildBalancer balancer;

  /** Opens so many streams. */
  private interface Opening {
    void open(int port, int number) throws Exception;
  }

  @BeforeEach
  void start(@TempDir Path dir) throws Exception {
    streams = new StalledStreams();
    balancer =
        new ChildBalancer(
            dir,
            """
            listener: {host: 127.0.0.1, port: 0}
            limits: {connections: 10000, requests: 10000, clientShare: 1}
            connections: {perTarget: 10000}
            timeouts: {idle: 10m, clientBody: 10m}
            targetGroups:
              - name: group
                healthCheck: {interval: 1m}
                targets: [{id: t, address: 127.0.0.1, port: %d}]
            rules: [{paths: ["*"], forward: group}]
            """
                .formatted(streams.targetPort()),
            "-Xmx512m",
            "-XX:+UseSerialGC");
  }

  @AfterEach
  void stop() throws Exception {
    balancer.close();
    streams.close();
  }

  @Test
  void http1() throws Exception {
    Memory alone = each("a request alone", 1, (port, number) -> streams.hold(port));
    assertSmall(alone, each("an upload", 1, (port, number) -> streams.upload(port)));
    assertSmall(alone, each("a download", 1, (port, number) -> streams.download(port)));
  }

  @Test
  void http2() throws Exception {
    Memory alone = each("a request alone", STREAMS_OF_CONNECTION, streams::http2Holds);
    assertSmall(alone, each("an upload", STREAMS_OF_CONNECTION, streams::http2Uploads));
    assertSmall(alone, each("a download", STREAMS_OF_CONNECTION, streams::http2Downloads));
  }

  private Memory each(String what, int ofConnection, Opening opening) throws Exception {
    Memory before = balancer.memory();
    int requests = streams.atTarget();
    for (int i = 0; i < STREAMS_EACH_WAY; i += ofConnection) {
      opening.open(balancer.port(), ofConnection);
    }
    TestBalancer.eventually(
        "all have reached the target", () -> streams.atTarget() == requests + STREAMS_EACH_WAY);
    long moved = -1;
    for (int quiet = 0; quiet < 5; quiet = moved < streams.moved() ? 0 : quiet + 1) {
      moved = streams.moved();
      TimeUnit.MILLISECONDS.sleep(200); // Until nothing moves any more.
    }
    Memory after = balancer.memory();
    Memory each =
        new Memory(
            (after.heapBytes() - before.heapBytes()) / STREAMS_EACH_WAY,
            (after.directBytes() - before.directBytes()) / STREAMS_EACH_WAY);
    System.out.println(what + ": " + each);
    assertTrue(each.heapBytes() > 4_000, "is it there? " + each);
    return each;
  }

  private static void assertSmall(Memory alone, Memory withBody) {
    long body =
        withBody.heapBytes() + withBody.directBytes() - alone.heapBytes() - alone.directBytes();
    assertTrue(body > 4_000 && body <= MOST_BYTES, "the body holds " + body + " bytes");
  }
}
