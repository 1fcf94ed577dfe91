package dev.leadline.balancer.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.observe.EndReason;
import dev.leadline.balancer.rules.Action.Redirect;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Which rule a request meets. The vectors are shared with the emulated Application Load Balancer,
 * which has to decide the same.
 */
class RuleVectorsTest {

  private static final Path VECTORS = Path.of("src/test/resources/rule-vectors.json");

  @TestFactory
  Stream<DynamicTest> everyRequestMeetsItsRule() throws Exception {
    JsonArray tables = new JsonArray(Files.readString(VECTORS));
    return tables.stream().map(JsonObject.class::cast).flatMap(RuleVectorsTest::tests);
  }

  private static Stream<DynamicTest> tests(JsonObject table) {
    RuleTable<String> rules = new RuleTable<>(rules(table.getJsonArray("rules")), name -> name);
    return table.getJsonArray("requests").stream()
        .map(JsonObject.class::cast)
        .map(
            it ->
                DynamicTest.dynamicTest(
                    table.getString("name") + ": " + it.encode(), () -> check(rules, it)));
  }

  static Rules rules(JsonArray rules) {
    JsonObject config =
        new JsonObject()
            .put("listener", new JsonObject().put("port", 0))
            .put(
                "targetGroups",
                new JsonArray()
                    .add(new JsonObject().put("name", "one").put("targets", new JsonArray()))
                    .add(new JsonObject().put("name", "two").put("targets", new JsonArray())))
            .put("rules", rules);
    return ConfigReader.parse("vectors", config.encode()).rules();
  }

  private static void check(RuleTable<String> rules, JsonObject vector) {
    RuleRequest request = request(vector);
    Decision<String> decision = rules.decide(request);
    String expected = vector.getString("refused");
    if (expected == null) {
      expected = vector.getString("rule") == null ? "NO_RULE" : vector.getString("rule");
    }
    assertEquals(expected, name(decision));
    String location = vector.getString("location");
    if (location != null
        && decision instanceof Decision.AnswerWith<String> answer
        && answer.action() instanceof Redirect redirect) {
      assertEquals(
          location,
          redirect.location().url(request, false, vector.getString("to", "127.0.0.1"), 80));
    } else {
      assertEquals(null, location);
    }
  }

  private static String name(Decision<String> decision) {
    if (decision instanceof Decision.ForwardTo<String> forward) {
      return forward.rule().name();
    }
    if (decision instanceof Decision.AnswerWith<String> answer) {
      return answer.rule().name();
    }
    EndReason reason = ((Decision.Refuse<String>) decision).reason();
    return reason.name();
  }

  private static RuleRequest request(JsonObject vector) {
    return new RuleRequest() {
      @Override
      public String target() {
        return vector.getString("target");
      }

      @Override
      public String method() {
        return vector.getString("method", "GET");
      }

      @Override
      public @Nullable String host() {
        return vector.getString("host", "test");
      }

      @Override
      public List<String> headers(String name) {
        List<String> values = new ArrayList<>();
        for (Object header : vector.getJsonArray("headers", new JsonArray())) {
          JsonArray pair = (JsonArray) header;
          if (pair.getString(0).equalsIgnoreCase(name)) {
            values.add(pair.getString(1));
          }
        }
        return values;
      }

      @Override
      public String clientAddress() {
        return vector.getString("source", "192.0.2.1");
      }
    };
  }
}
