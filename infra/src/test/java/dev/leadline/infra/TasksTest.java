package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Several application processes on an instance, each a target. */
class TasksTest {
  /** Two processes on each of cluster1's four instances, one on each of cluster2's five. */
  private static final SynthesizedLab LAB =
      LabCase.ofTasks(Map.of(BalancerKind.KEY, LabCase.EVERY_KIND)).synthesized();

  @Test
  void eachProcessIsATargetOfTheKindsThatKnowPorts() {
    Map<String, Map<Integer, Integer>> ports = new TreeMap<>();
    LAB.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
        .forEach(
            (id, group) -> {
              Map<Integer, Integer> each = new TreeMap<>();
              for (JsonNode target : group.at("/Properties/Targets")) {
                each.merge(target.get("Port").asInt(), 1, Integer::sum);
              }
              ports.put(id.replaceAll("[0-9A-F]{8}$", ""), each);
            });
    assertEquals(
        Map.of(
            "Albcluster1", Map.of(8000, 4, 8001, 4),
            "Albcluster2", Map.of(8000, 5),
            "Nlbcluster1", Map.of(8000, 4, 8001, 4),
            "Nlbcluster2", Map.of(8000, 5),
            "Nlbmixed", Map.of(8000, 9, 8001, 4)),
        ports);
  }

  @Test
  void aClassicLoadBalancerHasEachInstanceOnce() {
    LAB.resources("AWS::ElasticLoadBalancing::LoadBalancer")
        .forEach(
            (id, it) -> {
              int instances = it.at("/Properties/Instances").size();
              assertEquals(id.contains("mixed") ? 9 : id.contains("cluster1") ? 4 : 5, instances);
            });
  }

  @Test
  void leadlineHasEachProcessUnderItsInstanceAndPort() {
    String config = LAB.script("leadline-balancer");
    for (int port : new int[] {8000, 8001}) {
      String target =
          "{id: \"i-0123456789abcdef0:%d\", address: 255.255.255.255, port: %d}"
              .formatted(port, port);
      assertEquals(4, config.split(java.util.regex.Pattern.quote(target), -1).length - 1);
    }
    assertTrue(
        config.contains("[*t0, *t1, *t2, *t3, *t4, *t5, *t6, *t7, *t8, *t9, *t10, *t11, *t12]"));
  }

  @Test
  void mixedForwardsByTheNumberOfProcesses() {
    for (JsonNode rule : LAB.resources("AWS::ElasticLoadBalancingV2::ListenerRule").values()) {
      JsonNode groups = rule.at("/Properties/Actions/0/ForwardConfig/TargetGroups");
      if (!groups.isMissingNode()) {
        assertEquals(8, groups.at("/0/Weight").asInt());
        assertEquals(5, groups.at("/1/Weight").asInt());
      }
    }
  }

  @Test
  void anInstanceIsToldHowManyItRuns() {
    assertTrue(LAB.script("leadline-cluster1-1").contains("\nTASKS='2'\n"));
    assertTrue(!LAB.script("leadline-cluster2-5").contains("TASKS="));
    assertEquals(
        "{\"cluster1\":2}", LAB.json().at("/Metadata/Leadline/tasksPerInstance").toString());
  }
}
