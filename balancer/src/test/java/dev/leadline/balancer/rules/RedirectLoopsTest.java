package dev.leadline.balancer.rules;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redirects that never end are refused with the configuration. The listener has port 80. */
class RedirectLoopsTest {

  private static void parse(String rules) {
    ConfigReader.parse(
        "test.yaml",
        """
        listener: {port: 80}
        targetGroups: [{name: one, targets: []}]
        %s
        """
            .formatted(rules));
  }

  private static String message(String rules) {
    return String.valueOf(assertThrows(ConfigException.class, () -> parse(rules)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{query: a}",
        "{port: 80}",
        "{protocol: http, port: 80}",
        "{path: '/#{path}'}",
        "{path: /x}",
        "{path: '/new/#{path}'}"
      })
  void aRedirectOfEveryPathToTheSameServer(String redirect) {
    String message = message("rules: [{paths: ['/*'], redirect: " + redirect + "}]");
    assertTrue(message.startsWith("test.yaml, line 3: rules[0].redirect leads to "), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{paths: [/a], forward: one}, {paths: ['/a*'], redirect: {path: /ab}}",
        "{paths: ['/a*'], methods: [GET, POST], redirect: {path: /ab}}",
        "{paths: ['/a*'], hosts: [A.test], redirect: {host: a.test, path: /ab}}",
        "{paths: ['/a*'], hosts: [a.test], redirect: {host: a.test}}",
        "{paths: ['/a*'], query: [{values: [x]}], redirect: {path: /ab}}",
        "{hosts: [a.test], redirect: {path: /b}}",
        "{paths: ['/x?/*'], forward: one}, {paths: ['/a*'], redirect: {path: '/ab/#{path}'}}"
      })
  void theRuleMatchesTheNewUrlAndNoEarlierOneMay(String rules) {
    assertThrows(ConfigException.class, () -> parse("rules: [" + rules + "]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{paths: [/a], redirect: {path: /b}}, {paths: [/b], redirect: {path: /a}}",
        "{paths: [/a], redirect: {path: /b}}, {paths: [/b], redirect: {path: /c}},"
            + " {paths: ['/c*'], redirect: {path: /a}}",
        "{paths: ['/old/*'], redirect: {path: '/new/#{path}'}},"
            + " {paths: ['/new/*'], redirect: {path: '/old/#{path}'}}",
        "{paths: [/a], hosts: [a.test], redirect: {path: /b}},"
            + " {paths: [/b], hosts: ['*.test'], redirect: {host: a.test, path: /a}}",
        "{paths: [/a], redirect: {path: /b}},"
            + " {paths: [/b], sources: [10.0.0.0/8], redirect: {path: /a}}"
      })
  void severalRulesLeadBackToTheFirst(String rules) {
    assertThrows(ConfigException.class, () -> parse("rules: [" + rules + "]"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{paths: [/a], redirect: {path: /b}}, {paths: [/b], redirect: {port: 443, path: /a}}",
        "{paths: [/a], redirect: {path: /b}}, {paths: ['/?'], forward: one},"
            + " {paths: [/b], redirect: {path: /a}}",
        "{paths: [/a], redirect: {path: /b}}, {paths: [/b], methods: [POST], redirect: {path: /a}}",
        "{paths: ['/*'], redirect: {port: 443}}",
        "{paths: ['/*'], redirect: {protocol: https}}",
        "{paths: ['/*'], redirect: {host: b.test}}",
        "{paths: ['/*'], hosts: [a.test, b.test], redirect: {host: b.test}}",
        "{paths: [/x], forward: one}, {paths: ['/*'], redirect: {path: /x}}",
        "{paths: ['/x*'], methods: [PUT], forward: one}, {paths: ['/*'], redirect: {path: /x}}",
        "{paths: ['*/b/*'], forward: one}, {paths: ['/*'], redirect: {path: '/a/#{path}'}}",
        "{hosts: [a.test], forward: one}, {paths: ['/*'], redirect: {path: /x}}",
        "{paths: ['/*'], methods: [POST], redirect: {path: /x}}",
        "{paths: ['/*'], query: [{values: [x]}], redirect: {path: /x, query: y}}",
        "{paths: ['/old/*'], redirect: {path: '/new/#{path}'}}",
        "{paths: ['/a?'], redirect: {path: '/a#{port}'}}"
      })
  void whatMayEndIsAllowed(String rules) {
    assertDoesNotThrow(() -> parse("rules: [" + rules + "]"));
  }

  @Test
  void theDefaultActionIsTheLastRule() {
    assertEquals(
        "test.yaml, line 4: defaultAction.redirect leads to a URL that is redirected back to this"
            + " rule, for ever: let an earlier rule match the new path, or change protocol, host or"
            + " port",
        message("rules: [{paths: [/a], forward: one}]\ndefaultAction: {redirect: {path: /home}}"));
    assertDoesNotThrow(
        () ->
            parse(
                "rules: [{paths: [/home], forward: one}]\n"
                    + "defaultAction: {redirect: {path: /home}}"));
  }
}
