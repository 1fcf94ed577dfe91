package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.cloudwatch.FakeCloudWatch;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The policy {@code cloudwatch} in a running balancer, with the real SDK. */
class CloudWatchRoutingTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "aws.region", "us-east-1",
          "aws.accessKeyId", "test",
          "aws.secretAccessKey", "test");

  private final FakeCloudWatch cloudWatch;

  CloudWatchRoutingTest() throws java.io.IOException {
    cloudWatch = new FakeCloudWatch();
  }

  /** What the environment says on an instance; the SDK reads these properties before it. */
  @BeforeEach
  void set() {
    ENVIRONMENT.forEach(System::setProperty);
    System.setProperty("aws.endpointUrl", cloudWatch.url());
  }

  @AfterEach
  void close() {
    ENVIRONMENT.keySet().forEach(System::clearProperty);
    System.clearProperty("aws.endpointUrl");
    cloudWatch.close();
  }

  private static RawTarget named(String name) throws java.io.IOException {
    return RawTarget.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name);
  }

  private static Map<String, Integer> shares(TestBalancer balancer) throws Exception {
    Map<String, Integer> counts = new TreeMap<>();
    try (RawClient client = balancer.client()) {
      for (int i = 0; i < 20; i++) {
        counts.merge(client.get("/").body(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /** In a second that is over; a figure of the present one is not read yet. */
  private void cpu(String instance, double percent) {
    cloudWatch.cpu(
        instance, Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(1), percent);
  }

  @Test
  void aBusyTargetGetsNothingNewUntilItIsLessBusy() throws Exception {
    cpu("i-a", 20);
    try (RawTarget a = named("a");
        RawTarget b = named("b");
        TestBalancer balancer =
            TestBalancer.start(
                """
                targetGroups:
                  - name: g
                    policy: {name: cloudwatch, limit: 80, resumeBelow: 50, period: 1s, refresh: 1s}
                    healthCheck: {interval: 1m}
                    targets:
                      - {id: i-a, address: 127.0.0.1, port: %d}
                      - {id: i-b, address: 127.0.0.1, port: %d}
                rules: [{paths: ["*"], forward: g}]
                """
                    .formatted(a.port(), b.port()))) {
      assertEquals(Map.of("a", 10, "b", 10), shares(balancer), "nothing known of b");
      cpu("i-a", 95);
      TestBalancer.eventually("a gets nothing", () -> shares(balancer).equals(Map.of("b", 20)));
      cpu("i-a", 60);
      int reads = cloudWatch.reads();
      TestBalancer.eventually("it was read", () -> cloudWatch.reads() >= reads + 2);
      assertEquals(Map.of("b", 20), shares(balancer), "less than the limit is not enough");
      cpu("i-a", 49);
      TestBalancer.eventually(
          "a has its share again", () -> shares(balancer).equals(Map.of("a", 10, "b", 10)));
    }
  }
}
