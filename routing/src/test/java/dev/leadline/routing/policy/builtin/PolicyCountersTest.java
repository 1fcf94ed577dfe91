package dev.leadline.routing.policy.builtin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.leadline.routing.TestGroup;
import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No policy counts for ever. */
class PolicyCountersTest {

  /**
   * A counter that only grows would overflow one day: 2^31 requests are an afternoon. So after a
   * whole number of rounds a selector has to look as it did before, in every whole number it holds.
   * (An estimate in floating point may move; it cannot overflow.)
   */
  @ParameterizedTest
  @MethodSource("dev.leadline.routing.policy.builtin.PolicyContractTest#policies")
  void noCounterGrowsForEver(RoutingPolicy policy) throws ReflectiveOperationException {
    TestGroup group = new TestGroup(policy, 3, 3, 3);
    Object selector = field(group.router, "selector");
    group.sequential(96);
    Map<String, Object> before = new TreeMap<>();
    numbers("selector", selector, before, new HashSet<>());
    group.sequential(96 * 1000);
    Map<String, Object> after = new TreeMap<>();
    numbers("selector", selector, after, new HashSet<>());
    assertEquals(before, after);
  }

  /** The guard of the guard above: a growing counter is seen. */
  @Test
  void aGrowingCounterWouldBeSeen() throws ReflectiveOperationException {
    var counting =
        new TargetSelector() {
          int picks;

          @Override
          public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
            return candidates.get(picks++ % candidates.size());
          }
        };
    TestGroup group =
        new TestGroup(
            new RoutingPolicy() {
              @Override
              public String name() {
                return "counting";
              }

              @Override
              public TargetSelector newSelector(PolicyContext context) {
                return counting;
              }
            },
            TestGroup.equal(3));
    Map<String, Object> before = new TreeMap<>();
    numbers("selector", counting, before, new HashSet<>());
    group.sequential(9);
    Map<String, Object> after = new TreeMap<>();
    numbers("selector", counting, after, new HashSet<>());
    assertNotEquals(before, after);
  }

  private static Object field(Object owner, String name) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  private static boolean isWhole(Object value) {
    return value instanceof Integer || value instanceof Long || value instanceof Short;
  }

  /** Every whole number reachable from an object of a policy, by its path. */
  private static void numbers(
      String path, Object owner, Map<String, Object> found, Set<Object> seen)
      throws ReflectiveOperationException {
    if (!owner.getClass().getName().startsWith("dev.leadline.routing.policy") || !seen.add(owner)) {
      return;
    }
    for (Field field : owner.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      Object value = field.get(owner);
      String name = path + "." + field.getName();
      if (value == null) {
        continue;
      }
      if (value instanceof Collection<?> collection) {
        value = collection.toArray();
      }
      if (value.getClass().isArray()) {
        for (int i = 0; i < Array.getLength(value); i++) {
          Object element = Array.get(value, i);
          if (isWhole(element)) {
            found.put(name + "[" + i + "]", element);
          } else if (element != null) {
            numbers(name + "[" + i + "]", element, found, seen);
          }
        }
      } else if (isWhole(value)) {
        found.put(name, value);
      } else {
        numbers(name, value, found, seen);
      }
    }
  }
}
