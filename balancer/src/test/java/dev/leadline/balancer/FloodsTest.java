package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that clients and targets may do wrong, at the same time, to a balancer with 256 MB of
 * heap, while another client is served.
 *
 * <p>The time that this client waits depends on how busy the machine is. What is asserted is the
 * processor time that the event loop has while one of its requests is on its way: so long the
 * floods make it wait on any machine. It was nine seconds when reads did not take turns.
 */
@EnabledIfSystemProperty(named = "tests", matches = "full")
class FloodsTest {

  private static final long SECONDS = 5;
  private static final long MEBIBYTE = 1 << 20;

  static String configuration(int goodTarget, int badTarget, int stallingTarget) {
    return """
        listener: {host: 127.0.0.1, port: 0}
        timeouts: {clientHead: 2s, clientBody: 1s}
        targetGroups:
          - name: good
            healthCheck: {interval: 200ms}
            targets: [{id: good, address: 127.0.0.1, port: %d}]
          - name: bad
            ejection: off
            healthCheck: {interval: 200ms, path: /health}
            targets: [{id: bad, address: 127.0.0.1, port: %d}]
          - name: endless
            healthCheck: {interval: 200ms, path: /health-without-end}
            targets: [{id: endless, address: 127.0.0.1, port: %d}]
          - name: stalling
            targets: [{id: stalling, address: 127.0.0.1, port: %d}]
        rules:
          - {paths: [/good], forward: good}
          - {paths: [/upload, /download], forward: stalling}
          - {paths: [/endless], forward: endless}
          - {paths: ["*"], forward: bad}
        """
        .formatted(goodTarget, badTarget, badTarget, stallingTarget);
  }

  /**
   * What the client that is to be served got.
   *
   * @param p99Millis from a request to its answer
   * @param loopP99Millis processor time of the event loop in between
   */
  record Served(int answers, double p99Millis, double loopP99Millis, double loopShare) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d answers, p99 %.1f ms, loop p99 %.1f ms, loop %.0f%% busy",
          answers,
          p99Millis,
          loopP99Millis,
          100 * loopShare);
    }
  }

  @Test
  void anotherClientIsServedDuringAllOfThem(@TempDir Path dir) throws Exception {
    try (RawTarget good = new RawTarget(RawTarget.ECHO);
        FloodTarget bad = new FloodTarget();
        StalledStreams streams = new StalledStreams();
        ChildBalancer balancer =
            new ChildBalancer(
                dir,
                configuration(good.port(), bad.port(), streams.targetPort()),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError")) {
      serve(balancer, 1);
      Served during;
      ChildBalancer.Memory memory;
      try (Floods floods = new Floods(balancer.port(), streams)) {
        floods.all().forEach(floods::start);
        serve(balancer, 3); // Until they are all there, and the code is compiled.
        during = serve(balancer, SECONDS);
        memory = balancer.memory();
      }
      String all =
          "%s, %d MB of heap, %d MB of buffers, %d MB resident"
              .formatted(
                  during,
                  memory.heapBytes() / MEBIBYTE,
                  memory.directBytes() / MEBIBYTE,
                  balancer.peakResidentBytes() / MEBIBYTE);
      System.out.println(all);
      assertTrue(balancer.isAlive(), balancer.log());
      assertFalse(balancer.log().contains("OutOfMemory"), balancer.log());
      assertTrue(during.loopP99Millis() < 1_000, all);
      assertTrue(memory.heapBytes() < 128 * MEBIBYTE, all);
      assertTrue(memory.directBytes() < 96 * MEBIBYTE, all);
    }
  }

  /** Asks every 5 ms from an address that nothing else comes from; every answer must be right. */
  static Served serve(ChildBalancer balancer, long seconds) throws Exception {
    List<Double> millis = new ArrayList<>();
    List<Double> loopMillis = new ArrayList<>();
    long begin = System.nanoTime();
    long loopBegin = balancer.loopNanos();
    long end = begin + Duration.ofSeconds(seconds).toNanos();
    try (RawClient client = new RawClient(socketFromElsewhere(balancer.port()))) {
      while (System.nanoTime() < end) {
        long loopBefore = balancer.loopNanos();
        long start = System.nanoTime();
        RawClient.Answer answer = client.get("/good");
        assertEquals(200, answer.status());
        assertTrue(answer.body().startsWith("GET /good "), answer.body());
        millis.add((System.nanoTime() - start) / 1e6);
        loopMillis.add((balancer.loopNanos() - loopBefore) / 1e6);
        TimeUnit.MILLISECONDS.sleep(5); // The pace of a client among the floods.
      }
    }
    double share = (double) (balancer.loopNanos() - loopBegin) / (System.nanoTime() - begin);
    return new Served(millis.size(), p99(millis), p99(loopMillis), share);
  }

  private static Socket socketFromElsewhere(int port) throws IOException {
    return new Socket(
        InetAddress.getLoopbackAddress(), port, InetAddress.getByName("127.0.0.2"), 0);
  }

  private static double p99(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(it -> it).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length * 99 / 100];
  }
}
