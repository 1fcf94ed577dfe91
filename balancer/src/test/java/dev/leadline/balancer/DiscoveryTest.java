package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.discovery.FakeAws;
import dev.leadline.balancer.discovery.FakeDns;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Targets come and go by DNS or by a file, while the balancer runs. */
class DiscoveryTest {

  private static String group(String targets) {
    return """
        targetGroups:
          - name: group
            policy: round_robin
            healthCheck: {interval: 1m, unhealthyThreshold: 1}
            %s
        rules: [{paths: ["*"], forward: group}]
        """
        .formatted(targets);
  }

  private static String named(FakeDns server, RawTarget target, String addresses) {
    return "dns: {servers: ['127.0.0.1:%d'], timeout: 1s, leastTtl: 50ms, mostTtl: 50ms}\n"
            .formatted(server.port())
        + group(
            "addresses: %s\n    targets: [{id: web, address: web.example, port: %d}]"
                .formatted(addresses, target.port()));
  }

  private static JsonObject status(TestBalancer balancer) throws IOException {
    return balancer.status().getJsonArray("targetGroups").getJsonObject(0);
  }

  /** Ids and states of the targets. */
  private static String targets(TestBalancer balancer) throws IOException {
    TreeSet<String> all = new TreeSet<>();
    for (Object it : status(balancer).getJsonArray("targets")) {
      JsonObject target = (JsonObject) it;
      all.add(
          target.getString("id")
              + (target.getBoolean("draining") ? " draining" : " " + target.getString("health")));
    }
    return String.join(", ", all);
  }

  private static void eventually(String expected, TestBalancer balancer) throws Exception {
    TestBalancer.eventually(
        expected + ", and not " + targets(balancer), () -> targets(balancer).equals(expected));
  }

  @Test
  void eachAddressIsATargetThatComesAndGoes() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (FakeDns server = new FakeDns().ttl(0).has("web.example", "127.0.0.1");
        RawTarget target = RawTarget.holding(goOn);
        TestBalancer balancer = TestBalancer.start(named(server, target, "each"));
        RawClient client = balancer.client()) {
      eventually("web/127.0.0.1 healthy", balancer);
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      TestBalancer.eventually(
          "it is there", () -> balancer.target(0).getInteger("requestsInFlight") == 1);
      server.has("web.example", "127.0.0.7", "::7");
      eventually("web/127.0.0.1 draining, web/127.0.0.7 unhealthy, web/::7 unhealthy", balancer);
      goOn.countDown();
      assertEquals("ok", client.read().body(), "what was on its way has ended");
      eventually("web/127.0.0.7 unhealthy, web/::7 unhealthy", balancer);
      assertTrue(balancer.metric("leadline_membership_changes_total{group=\"group\"}") > 0);
    }
  }

  @Test
  void withoutDnsTheFormerAddressesStay() throws Exception {
    try (FakeDns server = new FakeDns().ttl(0).has("web.example", "127.0.0.1");
        RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer = TestBalancer.start(named(server, target, "each"))) {
      eventually("web/127.0.0.1 healthy", balancer);
      server.fail(2);
      String failures = "leadline_discovery_failures_total{group=\"group\"}";
      TestBalancer.eventually("it failed", () -> balancer.metric(failures) > 0);
      assertEquals(
          "web.example does not resolve: the DNS server answered ServFail(2)",
          status(balancer).getString("discoveryProblem"));
      assertEquals("web/127.0.0.1 healthy", targets(balancer));
      assertEquals(200, balancer.get("/").status());
    }
  }

  @ParameterizedTest
  @CsvSource({"each, web/127.0.0.1 healthy", "any, web healthy"})
  void aNameThatDoesNotResolveDoesNotStopTheStart(String addresses, String targets)
      throws Exception {
    try (FakeDns server = new FakeDns().ttl(0);
        RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        TestBalancer balancer = TestBalancer.start(named(server, target, addresses))) {
      assertEquals("web unhealthy", targets(balancer));
      assertEquals(
          "web.example does not resolve: DNS has no address of this name",
          balancer.target(0).getString("unhealthyBecause"));
      assertEquals(502, balancer.get("/").status());
      server.has("web.example", "127.0.0.1");
      // Not looked up again before the time for names without an answer is over, but by a reload.
      balancer.reload(yaml -> yaml.replace("timeout: 1s", "timeout: 1100ms"));
      TestBalancer.eventually("it is there", () -> balancer.get("/").status() == 200);
      balancer.reload(yaml -> yaml.replace("interval: 1m", "interval: 100ms"));
      eventually(targets, balancer);
    }
  }

  /** The first address refuses. */
  @Test
  void aConnectionGoesToAnyAddressThatTakesIt() throws Exception {
    try (FakeDns server = new FakeDns().ttl(0).has("web.example", "127.0.0.1", "::1");
        RawTarget target = RawTarget.onIpv6(RawTarget.ECHO);
        TestBalancer balancer = TestBalancer.start(named(server, target, "any"))) {
      eventually("web healthy", balancer);
      assertEquals(200, balancer.get("/").status());
    }
  }

  private static final List<String> OF_THE_SDK =
      List.of("aws.endpointUrl", "aws.region", "aws.accessKeyId", "aws.secretAccessKey");

  /** As the environment of a lab says it. */
  private static void findAws(FakeAws aws) {
    List<String> values = List.of(aws.url(), "us-east-1", "test", "test");
    for (int i = 0; i < values.size(); i++) {
      System.setProperty(OF_THE_SDK.get(i), values.get(i));
    }
  }

  private static String ofAws(int refreshSeconds) {
    return group(
        "targetsFrom: {targetGroup: '%s', refresh: %ds}".formatted(FakeAws.GROUP, refreshSeconds));
  }

  /**
   * Without AWS what is known stays, also over a reload; a reload to what it refuses is refused.
   */
  @Test
  void targetsComeAndGoByAws() throws Exception {
    try (RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        FakeAws aws = new FakeAws().target("127.0.0.1", target.port())) {
      findAws(aws);
      try (TestBalancer balancer = TestBalancer.start(ofAws(1))) {
        eventually("127.0.0.1 healthy", balancer);
        assertEquals(200, balancer.get("/").status());
        aws.instance("i-1", "127.0.0.7", "running").target("i-1", 1);
        eventually("127.0.0.1 healthy, i-1 unhealthy", balancer);
        aws.answer(400, "AccessDenied");
        TestBalancer.eventually(
            "it is said", () -> status(balancer).getString("discoveryProblem") != null);
        assertTrue(balancer.metric("leadline_discovery_failures_total{group=\"group\"}") > 0);
        String changed = balancer.reload(yaml -> yaml.replace("refresh: 1s", "refresh: 2s"));
        assertTrue(changed.contains("0 targets joined, 0 left; changed: group group"), changed);
        assertEquals("127.0.0.1 healthy, i-1 unhealthy", targets(balancer));
        aws.answer(200, "");
        TestBalancer.eventually(
            "it has gone", () -> status(balancer).getString("discoveryProblem") == null);
      }
    } finally {
      OF_THE_SDK.forEach(System::clearProperty);
    }
  }

  private static String line(String id, RawTarget target) {
    return "- {\"id\": \"%s\", \"address\": \"127.0.0.1\", \"port\": %d}\n"
        .formatted(id, target.port());
  }

  @Test
  void aFileIsFollowedAndABadOneChangesNothing(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("web.yaml");
    try (RawTarget target = RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      Files.writeString(file, line("a", target));
      try (TestBalancer balancer =
          TestBalancer.start(group("targetsFile: \"%s\"".formatted(file)))) {
        eventually("a healthy", balancer);
        assertEquals(200, balancer.get("/").status());
        Files.writeString(file, line("a", target) + line("b", target).replace("\"id\"", "\"idd\""));
        TestBalancer.eventually(
            "it was read", () -> status(balancer).getString("discoveryProblem") != null);
        assertEquals(
            file
                + ", line 2: [1].idd is not a key here; did you mean 'id'? allowed: address, id,"
                + " port, weight",
            status(balancer).getString("discoveryProblem"));
        assertEquals("a healthy", targets(balancer));
        assertEquals(1, balancer.metric("leadline_discovery_failures_total{group=\"group\"}"));
        Files.writeString(
            file,
            "[\n"
                + (line("b", target) + line("a", target)).replace("\n-", ",\n").substring(1)
                + "]");
        eventually("a healthy, b healthy", balancer);
        assertEquals(1, balancer.target(1).getInteger("succeeded"), "what is known of a is kept");
        assertEquals(null, status(balancer).getString("discoveryProblem"));
        Files.delete(file);
        TestBalancer.eventually(
            "it is gone", () -> status(balancer).getString("discoveryProblem") != null);
        assertEquals("a healthy, b healthy", targets(balancer));
      }
    }
  }

  @Test
  void aFileWithTooManyTargetsIsRefused(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("web.json");
    StringBuilder targets = new StringBuilder();
    for (int i = 0; i < 2001; i++) {
      targets.append("- {id: t").append(i).append(", address: 127.0.0.1, port: 1}\n");
    }
    Files.writeString(file, targets);
    try (TestBalancer balancer = TestBalancer.start(group("targets: []"))) {
      String answer =
          balancer.reload(yaml -> yaml.replace("targets: []", "targetsFile: \"" + file + "\""));
      assertTrue(answer.contains("has 2001 targets; allowed: at most 2000"), answer);
      for (String both :
          List.of("ejection: 'off'", "targets: []\n    targetsFile: \"" + file + "\"")) {
        assertTrue(
            balancer
                .reload(
                    yaml ->
                        yaml.replaceFirst("(?s)    targets.*\nrules", "    " + both + "\nrules"))
                .contains("targetsFile"),
            both);
      }
    }
  }
}
