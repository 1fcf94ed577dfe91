package dev.leadline.balancer.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HiddenRulesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'paths': ['*']|'paths': ['/a', '/b?c']|true",
        "'paths': ['/a*']|'paths': ['/a', '/a/*']|true",
        "'paths': ['/a*']|'paths': ['/a', '/b']|false",
        "'paths': ['/a?c']|'paths': ['/a*c']|false",
        "'paths': ['/a?c']|'paths': ['/a?c']|true",
        "'paths': ['/a*']|'methods': ['GET']|false",
        "'methods': ['GET']|'methods': ['GET'], 'paths': ['/a']|true",
        "'methods': ['GET']|'methods': ['GET', 'PUT']|false",
        "'hosts': ['*.TEST']|'hosts': ['a.test']|true",
        "'sources': ['10.0.0.0/8']|'sources': ['10.1.0.0/16']|true",
        "'sources': ['10.1.0.0/16']|'sources': ['10.0.0.0/8']|false",
        "'headers': [{'name': 'a', 'values': ['1']}]|'headers': [{'name': 'a', 'values': ['1']}], 'paths': ['/']|true",
        "'headers': [{'name': 'a', 'values': ['1']}]|'headers': [{'name': 'a', 'values': ['2']}]|false",
      })
  void aRuleIsHiddenByAnEarlierOneThatMatchesMore(String early, String late, boolean hidden) {
    String rules = "[{%s, 'forward': 'one'}, {%s, 'forward': 'one'}]".formatted(early, late);
    assertEquals(
        hidden,
        !HiddenRules.in(RuleVectorsTest.rules(new JsonArray(rules.replace('\'', '"')))).isEmpty());
  }
}
