package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.BalancerConfig.Address;
import dev.leadline.balancer.rules.Action.Forward;
import dev.leadline.balancer.rules.Action.WeightedGroup;
import dev.leadline.balancer.rules.Rule;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.policy.builtin.FastestPolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.target.Target;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  /** The example of docs/architecture.md, with every key there is. */
  static final String FULL =
      """
      listener: {host: 0.0.0.0, port: 80}
      admin: {host: 127.0.0.1, port: 9901}
      warmUp: {url: "http://127.0.0.1:8000/health", requests: 5000, beforeListening: true}
      cloudwatch:
        namespace: Leadline
        dimensions: {Balancer: i-0123}
        interval: 15s
      connections: {perTarget: 1024, keepAlive: 4s}
      timeouts: {connect: 10s, idle: 60s, shutdown: 30s}
      targetGroups:
        - name: cluster1
          policy: {name: fastest, probeInterval: 250ms, hysteresis: 0.2}
          healthCheck: {path: /health, interval: 10s, timeout: 5s, healthyThreshold: 3, unhealthyThreshold: 4}
          targets:
            - {id: i-0aaa, address: 10.0.0.4, port: 8000, weight: 2}
        - name: cluster2
          targets: []
      rules:
        - {paths: ["/cluster1", "/cluster1/*"], forward: cluster1}
        - paths: ["/mixed", "/mixed/*"]
          forward: [{targetGroup: cluster1, weight: 4}, {targetGroup: cluster2, weight: 5}]
      """;

  @Test
  void everyKeyIsRead() {
    BalancerConfig config = ConfigReader.parse("b.yaml", FULL);
    assertEquals(new Address("0.0.0.0", 80), config.listener());
    assertEquals(Optional.of(new Address("127.0.0.1", 9901)), config.admin());
    assertEquals(
        Optional.of(
            new BalancerConfig.WarmUp(URI.create("http://127.0.0.1:8000/health"), 5000, true)),
        config.warmUp());
    assertEquals(
        Optional.of(
            new BalancerConfig.CloudWatch(
                "Leadline", Map.of("Balancer", "i-0123"), Duration.ofSeconds(15))),
        config.cloudWatch());
    assertEquals(new BalancerConfig.Connections(1024, Duration.ofSeconds(4)), config.connections());
    assertEquals(
        new BalancerConfig.Timeouts(
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            Optional.empty(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(75),
            Duration.ofSeconds(350),
            Duration.ofSeconds(300),
            Duration.ofSeconds(30),
            Duration.ofMillis(500)),
        config.timeouts());
    BalancerConfig.Group first = config.targetGroups().get(0);
    assertEquals("cluster1", first.name());
    assertEquals(new FastestPolicy(Duration.ofMillis(250), 0.2), first.policy());
    assertEquals(
        BalancerConfig.HealthCheck.of(
            "/health", Duration.ofSeconds(10), Duration.ofSeconds(5), new HealthThresholds(3, 4)),
        first.healthCheck());
    assertEquals(List.of(new Target("i-0aaa", "10.0.0.4", 8000, 2)), first.targets().targets());
    List<Rule> rules = config.rules().list();
    assertEquals(new Forward(List.of(new WeightedGroup("cluster1", 1))), rules.get(0).action());
    assertEquals(
        new Forward(List.of(new WeightedGroup("cluster1", 4), new WeightedGroup("cluster2", 5))),
        rules.get(1).action());
    assertEquals(List.of("/mixed", "/mixed/*"), rules.get(1).when().paths());
  }

  @Test
  void whatIsAbsentHasADefault() {
    BalancerConfig config =
        ConfigReader.parse(
            "b.yaml",
            """
            listener: {port: 8080}
            targetGroups:
              - name: a
                healthCheck: {interval: 2s}
                targets: [{id: t, address: localhost, port: 1}]
            rules: [{paths: ["*"], forward: a}]
            """);
    assertEquals(new Address("0.0.0.0", 8080), config.listener());
    assertEquals(Optional.empty(), config.admin());
    assertEquals(Optional.empty(), config.warmUp());
    assertEquals(Optional.empty(), config.cloudWatch());
    assertEquals(new LeadlinePolicy(), config.targetGroups().get(0).policy());
    assertEquals(1, config.targetGroups().get(0).targets().targets().get(0).weight());
    BalancerConfig.HealthCheck check = config.targetGroups().get(0).healthCheck();
    assertEquals("/health", check.path());
    assertEquals(Duration.ofSeconds(2), check.timeout(), "never longer than the interval");
  }

  @Test
  void whatIsNoYamlIsNamedWithItsLine() {
    assertProblem("b.yaml: the file is empty", "");
    assertProblem(
        "b.yaml, line 1: the file is 'hello'; allowed: {listener, targetGroups, rules, defaultAction, admin,"
            + " peers, warmUp, cloudwatch, accessLog, tracing, connections, timeouts, limits, dns}",
        "hello");
    String message =
        String.valueOf(
            assertThrows(
                    ConfigException.class,
                    () -> ConfigReader.parse("b.yaml", "listener: {\nadmin: ]\n"))
                .getMessage());
    assertTrue(message.startsWith("b.yaml, line 2: this is not valid YAML: "), message);
    assertTrue(message.lines().count() == 1, message);
    assertProblem(
        "b.yaml, line 3: the file has a second document; keep one",
        FULL_ONE_LINE + "\n---\na: b\n");
  }

  @Test
  void whatJavaCannotParseIsAnOrdinaryError() {
    assertProblem(
        "b.yaml, line 1: listener.tls.key is 'a\0b'; allowed: the name of a PEM file",
        "{listener: {port: 80, tls: {key: \"a\\0b\", certificate: pom.xml}}, targetGroups: [], rules: []}");
    assertProblem(
        "b.yaml, line 1: warmUp.url is 'http://a/%zz'; allowed: a URL such as"
            + " http://127.0.0.1:8000/health",
        "{listener: {port: 80}, warmUp: {url: 'http://a/%zz'}, targetGroups: [], rules: []}");
    assertProblem(
        "b.yaml, line 2: this is not valid YAML: special characters are not allowed",
        "a: b\nc: \1\n");
  }

  @Test
  void anAliasStandsForItsAnchor() {
    BalancerConfig config =
        ConfigReader.parse(
            "b.yaml",
            """
            listener: {port: 80}
            targetGroups:
              - {name: a, healthCheck: &check {path: /ready}, targets: []}
              - {name: b, healthCheck: *check, targets: []}
            rules: []
            """);
    assertEquals("/ready", config.targetGroups().get(1).healthCheck().path());
  }

  private static final String FULL_ONE_LINE = "{a: b}";

  private static void assertProblem(String message, String yaml) {
    assertEquals(
        message,
        assertThrows(ConfigException.class, () -> ConfigReader.parse("b.yaml", yaml)).getMessage());
  }

  @Test
  void aFileThatCannotBeReadIsNamed(@TempDir Path dir) throws Exception {
    Path missing = dir.resolve("missing.yaml");
    assertEquals(
        missing + ": there is no such file",
        assertThrows(ConfigException.class, () -> ConfigReader.read(missing)).getMessage());
    assertEquals(
        dir + ": this is a directory; name a file",
        assertThrows(ConfigException.class, () -> ConfigReader.read(dir)).getMessage());
    Path latin = dir.resolve("latin.yaml");
    Files.write(latin, "listener: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        latin + ": the file is not UTF-8 text",
        assertThrows(ConfigException.class, () -> ConfigReader.read(latin)).getMessage());
  }

  @Test
  void aFileThatIsTooLargeIsNotRead(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("b.yaml");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(ConfigReader.MAX_BYTES + 1);
    }
    assertEquals(
        file + ": the file is larger than 1 MB, the most that it may have",
        assertThrows(ConfigException.class, () -> ConfigReader.read(file)).getMessage());
  }
}
