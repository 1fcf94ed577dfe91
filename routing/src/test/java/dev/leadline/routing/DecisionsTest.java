package dev.leadline.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.Ejection;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Some ten thousand decisions of every policy in a {@link World} in which everything happens. Fails
 * when a single one is another: what no other test says of a policy's arithmetic, this one does. If
 * the change is meant, put the numbers it prints here; the simulation says whether it is for the
 * better.
 */
class DecisionsTest {

  private static GroupSettings settings(String policy) {
    return GroupSettings.of(Policies.named(policy).orElseThrow().withDefaults());
  }

  private static Map<String, GroupSettings> all() {
    Map<String, GroupSettings> all = new TreeMap<>();
    Policies.all().forEach(type -> all.put(type.name(), settings(type.name())));
    for (Ingredient one : Ingredient.values()) {
      all.put("leadline without " + one, GroupSettings.of(new LeadlinePolicy().without(one)));
    }
    all.put(
        "ejection by rates and times",
        settings("round_robin")
            .withEjection(
                new Ejection(
                    0,
                    1,
                    3,
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(8),
                    0.4)));
    all.put(
        "slow start",
        settings("least_outstanding_requests")
            .withSlowStart(new SlowStart(Duration.ofSeconds(3), 2, 0.1)));
    all.put(
        "limits and short holds",
        settings("peak_ewma")
            .withLimits(new ConcurrencyLimit.Rules(2, 12, Duration.ofMillis(60)))
            .withHold(new HoldLimits(40, Duration.ofMillis(300))));
    return all;
  }

  private static final Map<String, String> EXPECTED =
      Map.ofEntries(
          Map.entry("cloudwatch", "b583d39b8a24aa7a"),
          Map.entry("ejection by rates and times", "3406ac8d6ead5147"),
          Map.entry("fastest", "ff7cde4aea2c46b0"),
          Map.entry("flow_hash", "16814a0756843543"),
          Map.entry("leadline", "25b51f09bad91752"),
          Map.entry("leadline without ATTRIBUTED_TIME", "f0e718ab9462991"),
          Map.entry("leadline without CIRCUIT_BREAKER", "42077a3626e3c779"),
          Map.entry("leadline without ERROR_SCORE", "68873c66b4949248"),
          Map.entry("leadline without LATE_BINDING", "a69c0bb99b47d02f"),
          Map.entry("leadline without PEER_COUNTS", "25b51f09bad91752"),
          Map.entry("leadline without PREFERENCE", "e81b836fa8763f17"),
          Map.entry("leadline without RECOVERY_DETECTOR", "ecf5c74bff177378"),
          Map.entry("leadline without SHRINKAGE", "47272a1f174377b5"),
          Map.entry("leadline without LONG_POLLS", "2e77565c098d3988"),
          Map.entry("leadline without TRIAL_REQUESTS", "d721ae50f6729f10"),
          Map.entry("least_outstanding_requests", "1fc4ae9988ca18a9"),
          Map.entry("limits and short holds", "bff5edc9b9acd78f"),
          Map.entry("peak_ewma", "1fa43ff033ae7fa8"),
          Map.entry("prequal", "a8e8e5de1e4364b"),
          Map.entry("random", "df6175b825793f68"),
          Map.entry("round_robin", "e95a7c4146025a21"),
          Map.entry("slow start", "879a349005d07701"));

  static Stream<String> names() {
    return all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyDecisionIsAsItWas(String name) {
    String digest = World.digestOf(Objects.requireNonNull(all().get(name)));
    String remedy =
        "if these decisions are meant, DecisionsTest.EXPECTED needs the line\nMap.entry(\"%s\", \"%s\"),\n"
            .formatted(name, digest);
    assertEquals(EXPECTED.get(name), digest, remedy);
  }
}
