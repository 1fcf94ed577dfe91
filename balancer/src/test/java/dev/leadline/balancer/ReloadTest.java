package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Another configuration is taken over while the balancer runs. */
class ReloadTest {

  private static int targets(TestBalancer balancer) throws IOException {
    return balancer
        .status()
        .getJsonArray("targetGroups")
        .getJsonObject(0)
        .getJsonArray("targets")
        .size();
  }

  private static RawTarget saying(String word) throws IOException {
    return RawTarget.answering(
        "HTTP/1.1 200 OK\r\nContent-Length: " + word.length() + "\r\n\r\n" + word);
  }

  /** Catches a request that is cut off because its target was taken out. */
  @Test
  void aTargetThatIsTakenOutEndsWhatItHas() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget old = RawTarget.holding(goOn);
        RawTarget fresh = saying("fresh");
        TestBalancer balancer = TestBalancer.before(old);
        RawClient first = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      assertEquals(
          "configuration reloaded: 1 targets joined, 1 left; changed: nothing else\n",
          balancer.reload(
              yaml ->
                  yaml.replace("id: t0", "id: fresh")
                      .replace("port: " + old.port(), "port: " + fresh.port())));
      assertEquals("fresh", balancer.target(0).getString("id"));
      assertEquals(true, balancer.target(1).getBoolean("draining"));
      assertEquals("fresh", balancer.get("/").body());
      goOn.countDown();
      assertEquals("ok", first.read().body());
      TestBalancer.eventually("it is gone", () -> targets(balancer) == 1);
    }
  }

  /** A group that is removed while a client waits for its answer, by time limits of before. */
  @Test
  void aRequestInFlightEndsInTheGroupThatItBeganWith() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget old = RawTarget.holding(goOn);
        RawTarget fresh = saying("fresh");
        TestBalancer balancer = TestBalancer.before(old);
        RawClient first = balancer.client()) {
      first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      String body =
          balancer.reload(
              yaml ->
                  yaml.substring(0, yaml.indexOf("targetGroups:"))
                      + "timeouts: {idle: 100ms}\n"
                      + TestBalancer.oneGroup(fresh)
                          .replace("name: group", "name: other")
                          .replace("forward: group", "forward: other"));
      assertTrue(
          body.endsWith("changed: group other, group group (gone), rules, timeouts\n"), body);
      TestBalancer.eventually("fresh", () -> balancer.get("/").body().equals("fresh"));
      assertEquals(
          "other",
          balancer.status().getJsonArray("targetGroups").getJsonObject(0).getString("name"));
      // Longer than the time limit that holds for requests of now, and one look for late ones.
      TimeUnit.MILLISECONDS.sleep(700);
      goOn.countDown();
      assertEquals("ok", first.read().body());
    }
  }

  /** Requests without a pause while policies, settings, groups, rules and weights change. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void noRequestIsLost(int loops) throws Exception {
    try (RawTarget one = saying("one");
        RawTarget two = saying("two");
        TestBalancer balancer = TestBalancer.start(TestBalancer.oneGroup(one, two), loops)) {
      String plain = TestBalancer.oneGroup(one, two);
      String[] others = {
        plain.replace("least_outstanding_requests", "leadline"),
        plain.replace("least_outstanding_requests", "{name: leadline, longPolls: false}"),
        plain.replace("interval: 1m", "interval: 500ms").replace("id: t1,", "id: t1, weight: 3,"),
        TestBalancer.oneGroup(two) + "connections: {perTarget: 5}\ntimeouts: {connect: 1s}\n",
        plain.replace("name: group", "name: other").replace("forward: group", "forward: other"),
      };
      CompletableFuture<Integer> sent = new CompletableFuture<>();
      CountDownLatch enough = new CountDownLatch(1);
      Thread client =
          new Thread(
              () -> {
                try (RawClient requests = balancer.client()) {
                  int answered = 0;
                  while (enough.getCount() > 0) {
                    assertEquals(200, requests.get("/").status());
                    answered++;
                  }
                  sent.complete(answered);
                } catch (IOException | AssertionError e) {
                  sent.completeExceptionally(e);
                }
              });
      client.start();
      for (int i = 0; i < 25; i++) {
        String next = others[i % others.length];
        String answer =
            balancer.reload(yaml -> yaml.substring(0, yaml.indexOf("targetGroups:")) + next);
        assertTrue(answer.startsWith("configuration reloaded"), answer);
      }
      enough.countDown();
      assertTrue(sent.get(20, TimeUnit.SECONDS) > 25, "there were requests all the time");
      assertEquals(25, balancer.metric("leadline_reloads_total{result=\"done\"}"));
      assertEquals(0, balancer.metric("leadline_balancer_errors_total{group=\"other\"}"));
    }
  }

  @Test
  void whatIsKnownOfATargetThatStaysIsKept() throws Exception {
    try (RawTarget target = saying("x");
        TestBalancer balancer = TestBalancer.before(target);
        RawClient client = balancer.client()) {
      for (int i = 0; i < 5; i++) {
        client.get("/");
      }
      balancer.reload(
          yaml ->
              yaml.replace("least_outstanding_requests", "fastest")
                  .replace("id: t0,", "id: t0, weight: 7,"));
      assertEquals(5, balancer.target(0).getInteger("succeeded"));
      assertEquals(7, balancer.target(0).getInteger("weight"));
      balancer.awaitHealth(0, "healthy");
      client.get("/");
      assertEquals(1, balancer.target(0).getInteger("connections"), "it was kept open");
    }
  }

  /** The start has no traces. */
  @Test
  void tracingIsTakenOver() throws Exception {
    String start = "timeouts: {clientIdle: 30s}\n";
    try (RawTarget target = new RawTarget(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.start(start + TestBalancer.oneGroup(target))) {
      assertFalse(balancer.get("/").body().contains("traceparent: "));
      String answer =
          balancer.reload(
              yaml ->
                  yaml.replace("clientIdle: 30s", "clientIdle: 1m") + "tracing: {sampled: 1}\n");
      assertTrue(answer.endsWith("changed: timeouts, tracing\n"), answer);
      assertTrue(balancer.get("/").body().contains("traceparent: 00-"));
      balancer.reload(yaml -> yaml.replace("tracing: {sampled: 1}\n", ""));
      assertFalse(balancer.get("/").body().contains("traceparent: "));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          interval: 1m | intervall: 1m | test.yaml, line 6: targetGroups[0].healthCheck.intervall is not a key here; did you mean 'interval'? allowed:
          forward: group | forward: grop | test.yaml, line 10: rules[0].forward is 'grop', which is no target group
          loops: 1 | loops: 2 | listener.loops cannot change while the balancer runs; restart it, or change it back
          port: 0, loops | port: 1, loops | listener.port cannot change while the balancer runs
          admin: {host: 127.0.0.1, port: 0} | admin: {host: 127.0.0.1, port: 1} | admin cannot change
          """)
  void aConfigurationThatCannotBeUsedChangesNothing(String right, String wrong, String why)
      throws Exception {
    try (RawTarget target = saying("x");
        TestBalancer balancer = TestBalancer.before(target)) {
      String answer =
          balancer.reload(
              yaml -> {
                assertTrue(yaml.contains(right), yaml);
                return yaml.replace(right, wrong).replace("id: t0", "id: t9");
              });
      assertTrue(answer.startsWith("the former configuration stays: " + why), answer);
      assertEquals("t0", balancer.target(0).getString("id"));
      assertEquals(1, balancer.metric("leadline_reloads_total{result=\"failed\"}"));
      assertEquals("x", balancer.get("/").body());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, localhost, , 200",
    "GET, localhost, , 405",
    "POST, evil.example, , 421",
    "POST, localhost, http://evil.example, 403",
    "POST, localhost, http://localhost, 200"
  })
  void onlyPostAndOnlyFromThePortsOwnPagesReloads(
      String method, String host, String origin, int status) throws Exception {
    try (TestBalancer balancer = TestBalancer.before();
        RawClient admin = new RawClient(balancer.balancer.adminPort())) {
      String from = origin == null ? "" : "Origin: " + origin + "\r\n";
      admin.send("%s /reload HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(method, host, from));
      assertEquals(status, admin.read().status());
      int done = status == 200 ? 1 : 0;
      assertEquals(done, balancer.metric("leadline_reloads_total{result=\"done\"}"));
    }
  }

  @Test
  void aWatchedFileIsReadAgainWhenItChanges(@TempDir Path dir) throws Exception {
    try (RawTarget target = saying("x");
        TestBalancer balancer = TestBalancer.before(target)) {
      Path file = Files.createFile(dir.resolve("b.yaml"));
      Files.setLastModifiedTime(file, FileTime.fromMillis(1000));
      balancer.balancer.watch(file);
      balancer.change(yaml -> yaml.replace("id: t0", "nonsense"));
      Files.setLastModifiedTime(file, FileTime.fromMillis(2000));
      String failed = "leadline_reloads_total{result=\"failed\"}";
      TestBalancer.eventually("it was read", () -> balancer.metric(failed) == 1);
      balancer.change(yaml -> yaml.replace("nonsense", "id: fresh"));
      assertFalse(balancer.target(0).getString("id").equals("fresh"));
      Files.setLastModifiedTime(file, FileTime.fromMillis(3000));
      TestBalancer.eventually(
          "it was taken over", () -> balancer.target(0).getString("id").equals("fresh"));
      assertEquals(1, balancer.metric(failed), "one warning for each change");
    }
  }
}
