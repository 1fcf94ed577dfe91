package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules of the topology, and what both balancers are given of them.
 *
 * <p>Tests of the emulator compare the files that are made here with each other: the emulated
 * Application Load Balancer has to make the balancer's own rules of its template again. Tests of
 * the balancer read its configuration.
 */
class ListenerRulesTest {
  private static final Path EXAMPLE = Path.of("..", "examples", "topology.json");
  private static final Path VECTORS =
      Path.of("..", "balancer", "src", "test", "resources", "rule-vectors.json");
  private static final String RULE = "AWS::ElasticLoadBalancingV2::ListenerRule";
  private static final String CLUSTERS =
      """
      {"clusters": [
        {"name": "one", "path": "/measured/one", "instanceType": "t3.nano", "count": 1},
        {"name": "two", "path": "/measured/two", "instanceType": "t3.nano", "count": 1}],
       "balancer": {"instanceType": "t3.nano", "policy": "leadline"}}""";
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private static SynthesizedLab lab(String topology) {
    Map<String, Object> context = SynthesizedLab.context(Profile.LOCAL);
    context.put("topology", topology);
    return SynthesizedLab.with(context);
  }

  @Test
  void theExampleIsWhatItWasAtBothBalancers() throws IOException {
    SynthesizedLab lab = lab(Files.readString(EXAMPLE));
    Map<String, Object> template = new TreeMap<>();
    template.put("rules", byPriority(lab).values());
    template.put(
        "defaultActions",
        lab.resources("AWS::ElasticLoadBalancingV2::Listener").values().stream()
            .map(it -> it.at("/Properties/DefaultActions"))
            .toList());
    SnapshotTest.check("rules.example.json", text(template));

    String script = lab.script("leadline-balancer");
    int begin = script.indexOf("listener: {");
    SnapshotTest.check(
        "rules.balancer.yaml", script.substring(begin, script.indexOf("END_OF_FILE", begin)));
  }

  @Test
  void instancesAnswerEveryPathOnlyWhereARuleSendsThemRequests() {
    String rule = "{'paths': ['/x'], 'forward': 'two'}".replace('\'', '"');
    SynthesizedLab lab = lab(withRules("[" + rule + "]"));
    assertTrue(lab.script("leadline-one-1").contains("CLUSTER_PATHS='/measured/one,/mixed'\n"));
    assertTrue(lab.script("leadline-two-2").contains("CLUSTER_PATHS='/'\n"));
  }

  @Test
  void stickinessGoesToBothBalancersAndTheKeyIsInNoTemplate() {
    String sticky =
        CLUSTERS
            .replaceFirst("1}", "1, \"stickiness\": {\"duration\": \"90m\"}}")
            .replace("1}],", "1, \"stickiness\": {\"applicationCookie\": \"JSESSIONID\"}}],");
    Map<String, Object> context = SynthesizedLab.context(Profile.LOCAL);
    context.putAll(Map.of("topology", sticky, "mixed", false));
    SynthesizedLab lab = SynthesizedLab.with(context);
    Map<String, Map<String, String>> attributes = new TreeMap<>();
    lab.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
        .forEach(
            (id, group) -> {
              Map<String, String> found = new TreeMap<>();
              for (JsonNode it : group.at("/Properties/TargetGroupAttributes")) {
                if (it.get("Key").asText().startsWith("stickiness.")) {
                  found.put(
                      it.get("Key").asText().substring("stickiness.".length()),
                      it.get("Value").asText());
                }
              }
              attributes.put(id.substring("Alb".length(), id.length() - 8), found);
            });
    assertEquals(
        Map.of(
            "one",
            Map.of("enabled", "true", "type", "lb_cookie", "lb_cookie.duration_seconds", "5400"),
            "two",
            Map.of(
                "enabled", "true",
                "type", "app_cookie",
                "app_cookie.cookie_name", "JSESSIONID",
                "app_cookie.duration_seconds", "86400")),
        attributes);
    String script = lab.script("leadline-balancer");
    assertTrue(script.contains("    stickiness: {key: \"@SECRET@\", duration: 5400s}\n"), script);
    assertTrue(
        script.contains("\"@SECRET@\", duration: 86400s, applicationCookie: \"JSESSIONID\"}\n"),
        script);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | []",
        "false | [{\"paths\": [\"/x\"], \"forward\": [{\"targetGroup\": \"one\"}, {\"targetGroup\": \"two\"}]}]"
      })
  void aStickyClusterSharesNoRule(boolean mixed, String rules) {
    String sticky = withRules(rules).replaceFirst("1}", "1, \"stickiness\": {}}");
    Map<String, Object> context = Map.of("profile", "local", "mixed", mixed, "topology", sticky);
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> Settings.read(Context.of(context)))
                .getMessage());
    assertTrue(
        message.startsWith(
            "topology.clusters[0].stickiness is {}; allowed: none in a cluster that shares a rule"),
        message);
  }

  /** Rules of the shared vectors that an Application Load Balancer does not take, and why. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "paths", "has 4 values in a condition",
          "all", "has 7 condition values",
          "at", "paths[1] is \"/a%20b/*\"",
          "source", "may match GET /measured/one",
          "any", "may match GET /measured/one");

  @Test
  void theSharedRulesGoToTheTemplateOrAreRefused() throws IOException {
    List<JsonNode> accepted = new ArrayList<>();
    Map<String, String> refused = new TreeMap<>();
    for (JsonNode table : JSON.readTree(VECTORS.toFile())) {
      for (JsonNode rule : table.get("rules")) {
        String name = rule.get("name").asText();
        try {
          Topology read = read(withRules("[" + rule + "]"));
          accepted.add(rule);
          // what the balancer gets is what was written, defaults apart
          JsonNode written = JSON.valueToTree(read.rules().get(0).written());
          assertEquals(withDefaults(rule), written);
        } catch (ConfigurationException problem) {
          String message = String.valueOf(problem.getMessage());
          String expected = REFUSED.getOrDefault(name, "nothing");
          assertTrue(message.contains(expected), message);
          refused.put(name, expected);
        }
      }
    }
    assertEquals(REFUSED, refused);

    SynthesizedLab lab = lab(withRules(accepted.toString()));
    Map<String, Object> byName = new TreeMap<>();
    List<ObjectNode> rules = List.copyOf(byPriority(lab).values());
    for (int i = 0; i < accepted.size(); i++) {
      byName.put(accepted.get(i).get("name").asText(), rules.get(i));
    }
    SnapshotTest.check("rules.vectors.json", text(byName));
  }

  private static JsonNode withDefaults(JsonNode rule) {
    ObjectNode whole = rule.deepCopy();
    for (JsonNode query : whole.path("query")) {
      if (!query.has("key")) {
        ((ObjectNode) query).put("key", "*");
      }
    }
    if (whole.get("redirect") instanceof ObjectNode redirect) {
      redirect.put("status", redirect.path("status").asInt(302));
      if (redirect.has("port")) {
        redirect.put("port", redirect.get("port").asText());
      }
    }
    if (whole.get("fixedResponse") instanceof ObjectNode response) {
      response.put("contentType", response.path("contentType").asText("text/plain"));
    }
    return whole;
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "8, 9", "9, 11", "17, 19", "18, 21", "96, 107"})
  void noRuleHasAPriorityOfAClusters(int place, int priority) {
    assertEquals(priority, AlbRules.priority(place));
    assertTrue(priority < AlbRules.firstPriorityOfClusters(place + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'path': ['/x'] | unknown key topology.rules[0].path ([\"/x\"]); allowed: fixedResponse, forward, headers, hosts, methods, name, paths, query, redirect, sources; did you mean \"paths\"?",
        "'paths': '/x' | topology.rules[0].paths is \"/x\"; allowed: a list of at least one text",
        "'paths': ['/x', 'y'] | topology.rules[0].paths[1] is \"y\"; allowed: a pattern that begins with / or *",
        "'paths': ['/a/../x'] | topology.rules[0].paths[0] is \"/a/../x\"; allowed: a pattern",
        "'paths': ['*//x'] | topology.rules[0].paths[0] is",
        "'paths': ['/a;b'] | topology.rules[0].paths[0] is",
        "'paths': ['/%61'] | topology.rules[0].paths[0] is",
        "'paths': ['/ä'] | topology.rules[0].paths[0] is",
        "'paths': ['/1', '/2', '/3', '/4'] | topology.rules[0] has 4 values in a condition; allowed: 3, as an Application Load Balancer takes no more, so make two rules of it",
        "'paths': ['/1', '/2', '/3'], 'methods': ['A', 'B', 'C'] | topology.rules[0] has 6 condition values; allowed: 5",
        "'paths': ['/?*?*?*'] | topology.rules[0] has 6 wildcards; allowed: 5",
        "'paths': ['/measured/*'] | topology.rules[0] may match GET /measured/one, which the benchmark measures; allowed: paths, hosts",
        "'paths': ['/mixed/*', '/mixed'] | topology.rules[0] may match GET /mixed,",
        "'hosts': ['*.com'] | topology.rules[0] may match GET /measured/one,",
        "'hosts': ['localhost'] | topology.rules[0].hosts[0] is \"localhost\"; allowed: a host name",
        "'hosts': ['10.0.0.1'] | topology.rules[0].hosts[0] is",
        "'hosts': ['a.example:80'] | topology.rules[0].hosts[0] is",
        "'methods': ['get'] | topology.rules[0].methods[0] is \"get\"; allowed: a method",
        "'headers': [{'name': 'X_Y', 'values': ['1']}] | topology.rules[0].headers[0].name is \"X_Y\"; allowed: 1 to 40 letters, digits and hyphens: the Application Load Balancer of the lab drops other headers",
        "'headers': [{'name': 'hOsT', 'values': ['1']}] | topology.rules[0].headers[0].name is \"hOsT\"; allowed: any header but Host; use hosts for it",
        "'headers': [{'name': 'X'}] | topology.rules[0].headers[0].values is missing; allowed",
        "'query': [{'key': 'a', 'value': ['1']}] | unknown key topology.rules[0].query[0].value ([\"1\"]); allowed: key, values; did you mean \"values\"?",
        "'query': [{'values': ['a+b']}] | topology.rules[0].query[0].values[0] is \"a+b\"; allowed: 1 to 128 letters",
        "'sources': ['10.0.0.1/8'] | topology.rules[0].sources[0] is \"10.0.0.1/8\"; allowed: an address block",
        "'sources': ['10.0.0.0/33'] | topology.rules[0].sources[0] is",
        "'sources': ['256.0.0.0/8'] | topology.rules[0].sources[0] is",
        "'sources': ['::1/64'] | topology.rules[0].sources[0] is",
        "'name': 'x' | topology.rules[0] has no condition; allowed: at least one of headers, hosts, methods, paths, query, sources",
      })
  void namesThePlaceInTheConditions(String conditions, String message) {
    String rule = "{" + conditions + ", 'forward': 'one'}";
    assertComplaint("rules", "[" + rule + "]", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'name': 'x' | topology.rules[0] has no action; allowed: exactly one of forward, redirect, fixedResponse",
        "'forward': 'one', 'redirect': {} | topology.rules[0] has 2 actions; allowed: exactly one of",
        "'forward': 'oen' | topology.rules[0].forward is \"oen\"; allowed: a cluster's name (one, two)",
        "'forward': 'ones' | topology.rules[0].forward is \"ones\"; allowed: a cluster's name (one, two); did you mean \"one\"?",
        "'forward': 'all_targets' | topology.rules[0].forward is \"all_targets\"; allowed: a cluster's name",
        "'forward': [{'targetGroup': 'one', 'weight': 1000}] | topology.rules[0].forward[0].weight is 1000; allowed: a whole number from 0 to 999",
        "'forward': [{'targetGroup': 'one', 'weight': 0}] | topology.rules[0].forward is [{\"targetGroup\":\"one\",\"weight\":0}]; allowed: at least one weight above 0",
        "'forward': [{'targetGroup': 'one'}, {'targetGroup': 'one'}] | topology.rules[0].forward[1].targetGroup is \"one\"; allowed: each cluster once",
        "'forward': [{'group': 'one'}] | unknown key topology.rules[0].forward[0].group",
        "'forward': 'one', 'stickiness': {} | unknown key topology.rules[0].stickiness",
        "'redirect': {} | topology.rules[0].redirect leads to the URL it came from; allowed: another protocol, host, port or path",
        "'redirect': {'query': 'a'} | topology.rules[0].redirect leads to",
        "'redirect': {'protocol': 'http', 'port': 8080} | topology.rules[0].redirect leads to the URL it came from",
        "'redirect': {'path': '/x'} | topology.rules[0].redirect leads to a URL that is redirected back to this rule, for ever; allowed: a path that an earlier rule matches",
        "'redirect': {'port': 80, 'status': 307} | topology.rules[0].redirect.status is 307; allowed: a whole number from 301 to 302",
        "'redirect': {'port': 'https'} | topology.rules[0].redirect.port is \"https\"; allowed",
        "'redirect': {'host': 'a/b'} | topology.rules[0].redirect.host is \"a/b\"; allowed: a host name",
        "'redirect': {'path': '/#{query}'} | topology.rules[0].redirect.path is \"/#{query}\"; allowed: a path",
        "'redirect': {'path': '/a b'} | topology.rules[0].redirect.path is",
        "'redirect': {'protocol': 'ftp'} | topology.rules[0].redirect.protocol is \"ftp\"; allowed: http, https",
        "'fixedResponse': {'status': 302} | topology.rules[0].fixedResponse.status is 302; allowed: 2xx, 4xx or 5xx; use redirect for 301 and 302",
        "'fixedResponse': {'status': 200, 'contentType': 'text/htm'} | topology.rules[0].fixedResponse.contentType is \"text/htm\"; allowed: one of text/plain, text/css, text/html, application/javascript, application/json; did you mean \"text/html\"?",
        "'fixedResponse': {'status': 204, 'body': 'x'} | topology.rules[0].fixedResponse.body is \"x\"; allowed: none with status 204",
      })
  void namesThePlaceInTheAction(String action, String message) {
    assertComplaint("rules", "[{'paths': ['/x'], " + action + "}]", message);
  }

  /** The local profile speaks HTTP on port 8080. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'paths': ['/a'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/a'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'redirect': {'path': '/c', 'port': 8080}}, {'paths': ['/c*'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/o/*'], 'redirect': {'path': '/n/#{path}'}}, {'paths': ['/n/*'], 'redirect': {'path': '/o/#{path}'}}",
        "{'paths': ['/a'], 'hosts': ['A.test'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'hosts': ['*.test'], 'redirect': {'host': 'a.test', 'path': '/a'}}",
        "{'paths': ['/a'], 'sources': ['10.1.0.0/16'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'sources': ['10.0.0.0/8'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/a'], 'query': [{'key': 'x', 'values': ['1']}], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'query': [{'key': 'x', 'values': ['1']}], 'redirect': {'path': '/a'}}",
      })
  void redirectsThatLeadBackOverOthersAreRefused(String rules) {
    assertComplaint(
        "rules",
        "[" + rules + "]",
        "topology.rules[0].redirect leads to a URL that is redirected back to this rule, for ever");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'paths': ['/a'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'redirect': {'port': 443, 'path': '/a'}}",
        "{'paths': ['/a'], 'redirect': {'path': '/b'}}, {'paths': ['/?'], 'forward': 'one'}, {'paths': ['/b'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/a'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'methods': ['POST'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/a'], 'sources': ['10.0.0.0/8'], 'redirect': {'path': '/b'}}, {'paths': ['/b'], 'sources': ['11.0.0.0/8'], 'redirect': {'path': '/a'}}",
        "{'paths': ['/a'], 'query': [{'key': 'x', 'values': ['1']}], 'redirect': {'path': '/b', 'query': ''}}, {'paths': ['/b'], 'query': [{'key': 'x', 'values': ['1']}], 'redirect': {'path': '/a'}}",
      })
  void redirectsThatMayEndAreAllowed(String rules) {
    read(withRules("[" + rules.replace('\'', '"') + "]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/home", "/home/#{path}", "/measured", "/measured/x/y"})
  void aDefaultRedirectToAPathThatNoRuleMatchesNeverEnds(String path) {
    assertComplaint(
        "defaultAction",
        "{'redirect': {'path': '" + path + "'}}",
        "topology.defaultAction.redirect leads to a URL that is redirected back to this rule");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/measured/one", "/measured/two/x", "/mixed", "/mixed/#{path}", "/#{path}/x"})
  void aDefaultRedirectToAPathThatARuleMayMatchIsAllowed(String path) {
    read(with("defaultAction", "{\"redirect\": {\"path\": \"" + path + "\"}}"));
  }

  @Test
  void theDefaultActionIsReadAsTheActionOfARule() {
    assertComplaint(
        "defaultAction",
        "{'forwards': 'one'}",
        "unknown key topology.defaultAction.forwards (\"one\"); allowed: fixedResponse, forward, redirect; did you mean \"forward\"?");
  }

  @Test
  void moreThanAHundredRulesWithThoseOfThePathsAndThePageAreTooMany() {
    String rules =
        String.join(
            ",",
            IntStream.range(0, 97)
                .mapToObj("{'paths': ['/x%d'], 'forward': 'one'}"::formatted)
                .toList());
    assertComplaint("rules", "[" + rules + "]", "topology.rules is ");
    assertEquals(
        96,
        read(withRules("[" + rules.substring(rules.indexOf("},") + 2).replace('\'', '"') + "]"))
            .rules()
            .size());
  }

  private static void assertComplaint(String key, String value, String begin) {
    String topology = with(key, value.replace('\'', '"'));
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> read(topology)).getMessage());
    assertTrue(message.startsWith(begin), message);
  }

  private static Topology read(String topology) {
    return Settings.read(Context.of(Map.of("profile", "local", "topology", topology))).topology();
  }

  private static String withRules(String rules) {
    return with("rules", rules);
  }

  private static String with(String key, String value) {
    return CLUSTERS.substring(0, CLUSTERS.length() - 1) + ", \"%s\": %s}".formatted(key, value);
  }

  /** The rules' properties in order, without what is the same everywhere. */
  private static Map<Integer, ObjectNode> byPriority(SynthesizedLab lab) {
    Map<Integer, ObjectNode> rules = new TreeMap<>();
    for (JsonNode rule : lab.resources(RULE).values()) {
      ObjectNode properties = rule.get("Properties").deepCopy();
      properties.remove("ListenerArn");
      rules.put(properties.get("Priority").asInt(), properties);
    }
    return rules;
  }

  private static String text(Object value) throws IOException {
    return JSON.writeValueAsString(JSON.treeToValue(JSON.valueToTree(value), Object.class)) + "\n";
  }
}
