package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A file with every key there is, with one mistake after the other. */
class ConfigMistakesTest {

  private static final String POLICIES =
      Policies.all().stream().map(PolicyType::name).collect(Collectors.joining(", "));

  static Stream<Arguments> mistakes() {
    return Stream.of(
        // unknown keys, at every depth
        mistake(
            "admin:",
            "adnim:",
            "line 2: adnim is not a key here; did you mean 'admin'? allowed: accessLog, admin, cloudwatch, "
                + "connections, defaultAction, dns, limits, listener, peers, rules, targetGroups, timeouts, tracing, warmUp"),
        mistake(
            "host: 0.0.0.0",
            "hots: 0.0.0.0",
            "line 1: listener.hots is not a key here; did you mean 'host'? allowed: host, loops, port, protocol, proxyProtocol, tls"),
        mistake(
            "interval: 10s,",
            "intervall: 10s,",
            "line 13: targetGroups[0].healthCheck.intervall is not a key here; did you mean 'interval'? allowed: "
                + "healthyThreshold, interval, method, path, port, protocol, service, successCodes, timeout, unhealthyThreshold"),
        mistake(
            "weight: 2",
            "wieght: 2",
            "line 15: targetGroups[0].targets[0].wieght is not a key here; did you mean 'weight'? allowed: address, id, port, weight"),
        mistake(
            "hysteresis: 0.2",
            "histeresis: 0.2",
            "line 12: targetGroups[0].policy.histeresis is not a key here; did you mean 'hysteresis'? allowed: hysteresis, name, probeInterval"),
        mistake(
            "weight: 4",
            "waight: 4",
            "line 21: rules[1].forward[0].waight is not a key here; did you mean 'weight'? allowed: targetGroup, weight"),
        // what is missing
        mistake(
            "listener: {host: 0.0.0.0, port: 80}\n",
            "",
            "line 1: the file lacks the key 'listener': it needs {port, host, protocol, loops, tls, proxyProtocol}"),
        mistake(
            ", port: 80}",
            "}",
            "line 1: listener lacks the key 'port': it needs a whole number from 0 to 65535"),
        mistake(
            "id: i-0aaa, ",
            "",
            "line 15: targetGroups[0].targets[0] lacks the key 'id': it needs "
                + "1 to 128 letters, digits or the characters . _ / : -"),
        mistake(
            "  dimensions: {Balancer: i-0123}\n",
            "",
            "line 5: cloudwatch lacks the key 'dimensions': it needs at least one name with its value"),
        // values
        mistake(
            "port: 80}",
            "port: 65536}",
            "line 1: listener.port is '65536'; allowed: a whole number from 0 to 65535"),
        mistake(
            "port: 80}",
            "port: http}",
            "line 1: listener.port is 'http'; allowed: a whole number from 0 to 65535"),
        mistake(
            "host: 0.0.0.0",
            "host: a b",
            "line 1: listener.host is 'a b'; allowed: a host name or an IP address"),
        mistake(
            "port: 8000, weight",
            "port: 0, weight",
            "line 15: targetGroups[0].targets[0].port is '0'; allowed: a whole number from 1 to 65535"),
        mistake(
            "weight: 2}",
            "weight: -1}",
            "line 15: targetGroups[0].targets[0].weight is '-1'; allowed: a whole number from 0 to 1000"),
        mistake(
            "weight: 4",
            "weight: 1000",
            "line 21: rules[1].forward[0].weight is '1000'; allowed: a whole number from 0 to 999"),
        mistake(
            "interval: 15s",
            "interval: 15",
            "line 7: cloudwatch.interval is '15'; allowed: a time from 1s to 1m, such as 500ms, 10s or 1m"),
        mistake(
            "interval: 15s",
            "interval: 2m",
            "line 7: cloudwatch.interval is '2m'; allowed: a time from 1s to 1m, such as 500ms, 10s or 1m"),
        mistake(
            "timeout: 5s",
            "timeout: 11s",
            "line 13: targetGroups[0].healthCheck.timeout is '11s'; allowed: a time from 10ms to 10s, "
                + "such as 500ms, 10s or 1m"),
        mistake(
            "healthyThreshold: 3",
            "healthyThreshold: 11",
            "line 13: targetGroups[0].healthCheck.healthyThreshold is '11'; allowed: a whole number from 1 to 10"),
        mistake(
            "path: /health",
            "path: health",
            "line 13: targetGroups[0].healthCheck.path is 'health'; allowed: a path that begins with / and has no spaces"),
        mistake(
            "name: fastest",
            "name: quickest",
            "line 12: targetGroups[0].policy.name is 'quickest'; allowed: " + POLICIES),
        mistake(
            "policy: {name: fastest, probeInterval: 250ms, hysteresis: 0.2}",
            "policy: quickest",
            "line 12: targetGroups[0].policy is 'quickest'; allowed: " + POLICIES),
        mistake(
            "hysteresis: 0.2",
            "hysteresis: 1",
            "line 12: targetGroups[0].policy.hysteresis is '1'; allowed: a number from 0 to 0.9"),
        mistake(
            "hysteresis: 0.2",
            "hysteresis: NaN",
            "line 12: targetGroups[0].policy.hysteresis is 'NaN'; allowed: a number from 0 to 0.9"),
        mistake(
            "\"/cluster1\",",
            "cluster1,",
            "line 19: rules[0].paths[0] is 'cluster1'; allowed: a pattern that begins with / or *, "
                + "where * stands for any characters and ? for one"),
        mistake(
            "[\"/cluster1\", \"/cluster1/*\"]",
            "[]",
            "line 19: rules[0].paths is an empty list; allowed: at least one path pattern"),
        mistake(
            "forward: cluster1}",
            "forward: cluster3}",
            "line 19: rules[0].forward is 'cluster3', which is no target group; allowed: cluster1, cluster2"),
        mistake(
            "[\"/cluster1\", \"/cluster1/*\"]",
            "[/cluster1//x]",
            "line 19: rules[0].paths[0] is '/cluster1//x', which no path fits: paths are compared"
                + " without ;, empty or dot segments, and without percent-encoding of printable"
                + " characters"),
        mistake(
            "paths: [\"/cluster1\", \"/cluster1/*\"], ",
            "name: all, ",
            "line 19: rules[0] has no condition: it needs one of headers, hosts, methods, paths,"
                + " query, sources; what is done when no rule matches is the defaultAction of the"
                + " file"),
        mistake(
            ", forward: cluster1}",
            "}",
            "line 19: rules[0] needs exactly one of forward, redirect, fixedResponse"),
        mistake(
            ", forward: cluster1}",
            ", forward: cluster1, redirect: {port: 443}}",
            "line 19: rules[0] needs exactly one of forward, redirect, fixedResponse"),
        mistake(
            "forward: cluster1}",
            "redirect: {status: 301}}",
            "line 19: rules[0].redirect leads to the URL it came from: change at least one of"
                + " protocol, host, port and path"),
        mistake(
            "forward: cluster1}",
            "fixedResponse: {status: 302}}",
            "line 19: rules[0].fixedResponse.status is '302'; allowed: a status 2xx, 4xx or 5xx"),
        mistake(
            "forward: cluster1}",
            "fixedResponse: {status: 200, body: " + "\u00fc".repeat(513) + "}}",
            "line 19: rules[0].fixedResponse.body has 1026 bytes; allowed: up to 1024"),
        mistake(
            "forward: cluster1}",
            "fixedResponse: {status: 204, body: x}}",
            "line 19: rules[0].fixedResponse.body must be absent, as status 204 has none"),
        mistake(
            "forward: cluster1}",
            "forward: cluster1, sources: [10.0.0.1/8]}",
            "line 19: rules[0].sources[0] is '10.0.0.1/8'; allowed: an address block such as"
                + " 10.0.0.0/8 or 2001:db8::/32, with zeros behind its prefix"),
        mistake(
            "forward: cluster1}",
            "forward: cluster1, sources: ['::1/129']}",
            "line 19: rules[0].sources[0] is '::1/129'; allowed: an address block such as"
                + " 10.0.0.0/8 or 2001:db8::/32, with zeros behind its prefix"),
        mistake(
            "forward: cluster1}",
            "forward: cluster1, headers: [{name: Host, values: [x]}]}",
            "line 19: rules[0].headers[0].name is 'Host'; use hosts for it"),
        mistake(
            "rules:",
            "defaultAction: {forward: cluster9}\nrules:",
            "line 18: defaultAction.forward is 'cluster9', which is no target group; allowed:"
                + " cluster1, cluster2"),
        mistake(
            "targetGroup: cluster2, weight: 5",
            "targetGroup: cluster3, weight: 5",
            "line 21: rules[1].forward[1].targetGroup is 'cluster3', which is no target group; "
                + "allowed: cluster1, cluster2"),
        mistake(
            "weight: 4}, {targetGroup: cluster2, weight: 5",
            "weight: 0}, {targetGroup: cluster2, weight: 0",
            "line 21: rules[1].forward has no target group with a weight above 0"),
        mistake(
            "name: cluster2",
            "name: cluster1",
            "line 16: targetGroups[1].name is 'cluster1', as another group's; names are unique"),
        mistake(
            "8000, weight: 2}",
            "8000}\n      - {id: i-0aaa, address: 10.0.0.5, port: 8000}",
            "line 16: targetGroups[0].targets[1].id is 'i-0aaa', as another target's of this group; ids are unique"),
        mistake(
            "http://127.0.0.1:8000/health",
            "https://127.0.0.1/",
            "line 3: warmUp.url is 'https://127.0.0.1/'; allowed: a URL such as http://127.0.0.1:8000/health"),
        mistake(
            "requests: 5000",
            "requests: 0",
            "line 3: warmUp.requests is '0'; allowed: a whole number from 1 to 100000"),
        mistake(
            "{Balancer: i-0123}",
            "{}",
            "line 6: cloudwatch.dimensions has 0 entries; allowed: 1 to 29"),
        mistake(
            "{Balancer: i-0123}",
            "{TargetGroup: x}",
            "line 6: cloudwatch.dimensions has TargetGroup, which the balancer adds itself; remove it"),
        mistake(
            "{Balancer: i-0123}",
            "{Balancer: ''}",
            "line 6: cloudwatch.dimensions.Balancer is empty; allowed: 1 to 255 visible ASCII characters"),
        // shapes
        mistake(
            "listener: {host: 0.0.0.0, port: 80}",
            "listener: 80",
            "line 1: listener is '80'; allowed: {port, host, protocol, loops, tls, proxyProtocol}"),
        mistake(
            "host: 0.0.0.0",
            "host: 0.0.0.0, loops: 0",
            "line 1: listener.loops is '0'; allowed: a whole number from 1 to 64"),
        mistake(
            "targets: []",
            "targets: {}",
            "line 17: targetGroups[1].targets is a mapping; allowed: a list of targets, [] for none"),
        mistake(
            "targets: []",
            "targets:",
            "line 17: targetGroups[1].targets is empty; allowed: a list of targets, [] for none"),
        mistake(
            "name: cluster2",
            "name: [cluster2]",
            "line 16: targetGroups[1].name is a list; allowed: 1 to 128 letters, digits or the characters . _ / : -"),
        mistake(
            "port: 9901}",
            "port: 9901, port: 9902}",
            "line 2: admin.port is there twice; keep one of them"));
  }

  private static Arguments mistake(String right, String wrong, String message) {
    return Arguments.of(right, wrong, message);
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("mistakes")
  void aMistakeIsNamedWithItsPlace(String right, String wrong, String message) {
    assertTrue(ConfigReaderTest.FULL.contains(right), "the table is out of date: " + right);
    String yaml =
        ConfigReaderTest.FULL.replaceFirst(Pattern.quote(right), wrong.replace("$", "\\$"));
    ConfigException e =
        assertThrows(ConfigException.class, () -> ConfigReader.parse("b.yaml", yaml));
    assertEquals("b.yaml, " + message, e.getMessage());
  }
}
