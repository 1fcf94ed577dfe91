package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rules, groups, policies and health, over real sockets. */
class RoutingTest {

  private static RawTarget named(String name) throws java.io.IOException {
    return RawTarget.answering(
        "HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
  }

  private static String target(String id, RawTarget target) {
    return "{id: " + id + ", address: 127.0.0.1, port: " + target.port() + "}";
  }

  private static Map<String, Integer> counts(TestBalancer balancer, String path, int requests)
      throws Exception {
    Map<String, Integer> counts = new TreeMap<>();
    try (RawClient client = balancer.client()) {
      for (int i = 0; i < requests; i++) {
        counts.merge(client.get(path).body(), 1, Integer::sum);
      }
    }
    return counts;
  }

  @Test
  void rulesChooseGroupsAndWeightsShareThem() throws Exception {
    try (RawTarget a = named("a");
        RawTarget b = named("b");
        RawTarget c = named("c");
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - {name: one, policy: round_robin, targets: [%s, %s]}
                  - {name: two, policy: round_robin, targets: [%s]}
                rules:
                  - {paths: [/one, /one/*], forward: one}
                  - {paths: [/two, /two/*], forward: two}
                  - paths: [/mixed]
                    forward: [{targetGroup: one, weight: 4}, {targetGroup: two, weight: 5}]
                  - {paths: [/never], forward: [{targetGroup: one, weight: 0}, {targetGroup: two}]}
                  - {paths: [/one/late], forward: two}
                """
                    .formatted(target("a", a), target("b", b), target("c", c)))) {
      assertEquals(Map.of("a", 5, "b", 5), counts(balancer, "/one?path=/two", 10));
      assertEquals(Map.of("c", 10), counts(balancer, "/two/deep", 10));
      assertEquals(Map.of("a", 20, "b", 20, "c", 50), counts(balancer, "/mixed", 90));
      assertEquals(Map.of("c", 10), counts(balancer, "/never", 10));
      assertEquals(Map.of("a", 5, "b", 5), counts(balancer, "/one/late", 10), "first match wins");
      assertEquals(404, balancer.get("/onetwo").status());
    }
  }

  /** Three requests stay at the slow target; the others go where there is room. */
  @Test
  void leastOutstandingRequestsAvoidsTheSlowTarget() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawTarget slow =
            new RawTarget(
                connection -> {
                  if (!connection.readHead().isEmpty()) {
                    try {
                      goOn.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
                  }
                });
        RawTarget fast = named("fast");
        TestBalancer balancer = TestBalancer.before(slow, fast);
        RawClient waiting = balancer.client()) {
      waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      TestBalancer.eventually(
          "the first request is at the slow target",
          () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      assertEquals(Map.of("fast", 20), counts(balancer, "/", 20));
      goOn.countDown();
      assertEquals("slow", waiting.read().body());
    }
  }

  @Test
  void fastestProbesAndFollowsTheMostResponsive() throws Exception {
    AtomicInteger delayA = new AtomicInteger(0);
    AtomicInteger delayB = new AtomicInteger(200);
    try (RawTarget a = delayed("a", delayA);
        RawTarget b = delayed("b", delayB);
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: g
                    policy: {name: fastest, probeInterval: 400ms}
                    healthCheck: {path: /probe, interval: 1m}
                    targets: [%s, %s]
                rules: [{paths: ["*"], forward: g}]
                """
                    .formatted(target("a", a), target("b", b)))) {
      TestBalancer.eventually("both are measured", () -> measured(balancer, 0, 1));
      TestBalancer.eventually(
          "a gets everything", () -> counts(balancer, "/", 10).equals(Map.of("a", 10)));
      delayA.set(200);
      delayB.set(0);
      TestBalancer.eventually(
          "b gets everything", () -> counts(balancer, "/", 10).equals(Map.of("b", 10)));
    }
  }

  private static boolean measured(TestBalancer balancer, int... targets) throws Exception {
    for (int target : targets) {
      if (balancer.target(target).getDouble("probedResponseMillis") == null) {
        return false;
      }
    }
    return true;
  }

  private static RawTarget delayed(String name, AtomicInteger probeDelayMillis)
      throws java.io.IOException {
    return new RawTarget(
        connection -> {
          String head = connection.readHead();
          while (!head.isEmpty()) {
            if (head.startsWith("GET /probe") && probeDelayMillis.get() > 0) {
              try {
                // This is how it is slow.
                TimeUnit.MILLISECONDS.sleep(probeDelayMillis.get());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name);
            head = connection.readHead();
          }
        });
  }

  private static RawTarget switched(String name, AtomicBoolean healthy) throws java.io.IOException {
    return new RawTarget(
        connection -> {
          String head = connection.readHead();
          while (!head.isEmpty()) {
            boolean fine = !head.startsWith("GET /check") || healthy.get();
            connection.send(
                (fine ? "HTTP/1.1 200 OK" : "HTTP/1.1 500 No")
                    + "\r\nContent-Length: 1\r\n\r\n"
                    + name);
            head = connection.readHead();
          }
        });
  }

  @Test
  void healthChecksTurnATargetOffAndOn() throws Exception {
    AtomicBoolean healthyA = new AtomicBoolean(true);
    AtomicBoolean healthyB = new AtomicBoolean(true);
    try (RawTarget a = switched("a", healthyA);
        RawTarget b = switched("b", healthyB);
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: g
                    policy: round_robin
                    healthCheck: {path: /check, interval: 500ms, unhealthyThreshold: 3}
                    targets: [%s, %s]
                rules: [{paths: ["*"], forward: g}]
                """
                    .formatted(target("a", a), target("b", b)))) {
      balancer.awaitHealth(0, "healthy");
      balancer.awaitHealth(1, "healthy");
      assertEquals(Map.of("a", 5, "b", 5), counts(balancer, "/", 10));

      healthyA.set(false);
      balancer.awaitHealth(0, "unhealthy");
      assertEquals(Map.of("b", 10), counts(balancer, "/", 10));
      assertEquals(0, balancer.metric("leadline_target_healthy{group=\"g\",target=\"a\"}"));
      assertEquals(1, balancer.metric("leadline_target_healthy{group=\"g\",target=\"b\"}"));

      healthyB.set(false);
      balancer.awaitHealth(1, "unhealthy");
      assertEquals(Map.of("a", 5, "b", 5), counts(balancer, "/", 10), "fail open");

      healthyA.set(true);
      balancer.awaitHealth(0, "healthy");
      assertEquals(Map.of("a", 10), counts(balancer, "/", 10));
    }
  }

  /** Nobody listens; nothing is said; another status; a name that nobody has. Each says why. */
  @Test
  void anUnhealthyTargetHasAReason() throws Exception {
    try (RawTarget silent = new RawTarget(connection -> connection.readToEnd());
        RawTarget missing =
            RawTarget.answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer =
            TestBalancer.start(
                """
                dns: {servers: ['127.0.0.1:9'], timeout: 20ms}
                targetGroups:
                  - name: g
                    healthCheck: {interval: 100ms, timeout: 50ms, path: /up, method: HEAD}
                    targets: [%s, %s, %s, %s]
                  - name: h
                    healthCheck: {interval: 100ms, successCodes: "200,400-404", port: %d}
                    targets: [%s]
                rules: [{paths: ["*"], forward: g}]
                """
                    .formatted(
                        target("a", silent),
                        "{id: b, address: 127.0.0.2, port: " + silent.port() + "}",
                        target("c", missing),
                        "{id: d, address: nobody.invalid, port: 1}",
                        missing.port(),
                        target("e", silent)))) {
      String[] reasons = {
        "HEAD /up was not answered within 0.05 s",
        "connection refused",
        "HEAD /up answered 404",
        "nobody.invalid does not resolve: the DNS server did not answer in time"
      };
      for (int i = 0; i < reasons.length; i++) {
        int index = i;
        TestBalancer.eventually(
            reasons[i],
            () -> reasons[index].equals(balancer.target(index).getString("unhealthyBecause")));
        assertEquals("unhealthy", balancer.target(i).getString("health"));
      }
      String second = "leadline_target_healthy{group=\"h\",target=\"e\"}";
      TestBalancer.eventually(
          "404 is a success there, at another port", () -> balancer.metric(second) == 1);
    }
  }
}
