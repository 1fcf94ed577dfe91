package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What has no meaning for the protocol of the listener is refused, and not ignored. */
class ProtocolCheckTest {

  private static final String TCP =
      """
      listener: {protocol: tcp, port: 0}
      targetGroups:
        - name: g
          targets: [{id: t, address: 127.0.0.1, port: 8000}]
      rules: []
      defaultAction: {forward: g}
      """;

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("tcp, port: 0", "tcp, port: 0, tls: {certificate: c, key: k}", "listener.tls"),
        Arguments.of("rules: []", "rules: [{paths: ['*'], forward: g}]", "rules[0]"),
        Arguments.of("defaultAction: {forward: g}\n", "", "the file needs defaultAction"),
        Arguments.of("{forward: g}", "{fixedResponse: {status: 200}}", "defaultAction needs"),
        Arguments.of(
            "{forward: g}",
            "{forward: [{targetGroup: g}, {targetGroup: g}]}",
            "defaultAction.forward"),
        Arguments.of("rules:", "tracing: {sampled: 1}\nrules:", "tracing is for HTTP only"),
        Arguments.of("rules:", "accessLog: {format: alb}\nrules:", "accessLog.format"),
        Arguments.of("rules:", "accessLog: {query: false}\nrules:", "accessLog.query"),
        Arguments.of("rules:", "timeouts: {idle: 5s}\nrules:", "timeouts.idle"),
        Arguments.of("rules:", "timeouts: {tunnel: 5s}\nrules:", "timeouts.tunnel"),
        Arguments.of("rules:", "timeouts: {clientBody: 5s}\nrules:", "timeouts.clientBody"),
        Arguments.of("rules:", "limits: {requests: 5}\nrules:", "limits.requests"),
        Arguments.of("rules:", "limits: {headers: 50}\nrules:", "limits.headers"),
        Arguments.of(
            "    targets:",
            "    stickiness: {key: 0123456789abcdef}\n    targets:",
            "targetGroups[0].stickiness"),
        Arguments.of("    targets:", "    hedging: {}\n    targets:", "targetGroups[0].hedging"),
        Arguments.of(
            "    targets:", "    loadMetric: x\n    targets:", "targetGroups[0].loadMetric"),
        Arguments.of(
            "    targets:", "    retryCodes: 503\n    targets:", "targetGroups[0].retryCodes"),
        Arguments.of(
            "    targets:",
            "    concurrencyLimit: {}\n    targets:",
            "targetGroups[0].concurrencyLimit"),
        Arguments.of(
            "    targets:", "    policy: leadline\n    targets:", "targetGroups[0].policy"),
        Arguments.of("    targets:", "    policy: fastest\n    targets:", "targetGroups[0].policy"),
        Arguments.of(
            "    targets:", "    protocol: http2\n    targets:", "targetGroups[0].protocol"),
        Arguments.of("    targets:", "    tls: {}\n    targets:", "targetGroups[0].tls"),
        Arguments.of(
            "    targets:",
            "    healthCheck: {path: /x}\n    targets:",
            "targetGroups[0].healthCheck.path"),
        Arguments.of(
            "    targets:",
            "    healthCheck: {protocol: http}\n    tls: {}\n    proxyProtocol: v2\n    targets:",
            "targetGroups[0].proxyProtocol"),
        Arguments.of("tcp, port: 0", "http, port: 0}\ntimeouts: {tcpIdle: 5s", "timeouts.tcpIdle"),
        Arguments.of(
            "tcp, port: 0", "http, port: 0}\ntimeouts: {tcpDrain: 5s", "timeouts.tcpDrain"),
        Arguments.of(
            "protocol: tcp, port: 0}\ntargetGroups:\n  - name: g\n",
            "port: 0}\ntargetGroups:\n  - name: g\n    proxyProtocol: v2\n",
            "targetGroups[0].proxyProtocol"));
  }

  @ParameterizedTest(name = "{2}: {1}")
  @MethodSource("refused")
  void itIsRefused(String part, String mistake, String key) {
    assertTrue(TCP.contains(part), part);
    ConfigException refused =
        assertThrows(
            ConfigException.class, () -> ConfigReader.parse("b.yaml", TCP.replace(part, mistake)));
    assertTrue(
        String.valueOf(refused.getMessage()).matches("b.yaml, line \\d+: \\Q" + key + "\\E.*"),
        refused.getMessage());
  }

  @Test
  void targetsOfGrpcAreNotAskedForTheirLoad() {
    String grpc =
        TCP.replace("protocol: tcp, ", "")
            .replace("    targets:", "    loadMetric: x\n    protocol: grpc\n    targets:");
    ConfigException refused =
        assertThrows(ConfigException.class, () -> ConfigReader.parse("b.yaml", grpc));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("targetGroups[0].loadMetric is for"),
        refused.getMessage());
  }

  @Test
  void connectionsHaveDefaultsOfTheirOwn() {
    BalancerConfig config = ConfigReader.parse("b.yaml", TCP);
    assertEquals("flow_hash", config.targetGroups().get(0).policy().name());
    assertTrue(config.targetGroups().get(0).healthCheck().connectOnly());
    BalancerConfig http = ConfigReader.parse("b.yaml", TCP.replace("protocol: tcp, ", ""));
    assertEquals("leadline", http.targetGroups().get(0).policy().name());
  }
}
