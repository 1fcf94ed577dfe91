package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The balancer on the host of a target: nine targets with nine instances. That no resource depends
 * on itself, over others or not, is checked where the template is made ({@code
 * Template.fromStack}).
 */
class SharedHostTest {
  private static final String INSTANCE = "AWS::EC2::Instance";
  private static final String HOST = "leadline-cluster1-4";
  private static final SynthesizedLab LAB = SynthesizedLab.with(context());

  private static Map<String, Object> context() {
    Map<String, Object> context = new HashMap<>(SynthesizedLab.context(Profile.ACADEMY));
    context.put("allowedCidr", LabCase.RANGE);
    context.put("autoStopMinutes", 30);
    context.put("disks", "unencrypted");
    context.put(
        "topology",
        """
        {"clusters": [
           {"name": "cluster1", "path": "/cluster1", "instanceType": "t2.large", "count": 4},
           {"name": "cluster2", "path": "/cluster2", "instanceType": "t2.micro", "count": 5}],
         "balancer": {"sharesHostOf": "cluster1", "policy": "leadline"}}
        """);
    return context;
  }

  private static JsonNode host() {
    return LAB.instance(LAB.logicalId(HOST));
  }

  @Test
  void nineInstancesAreNineTargetsAndOneOfThemHoldsTheBalancer() {
    Map<String, String> numbers = new TreeMap<>();
    for (JsonNode instance : LAB.resources(INSTANCE).values()) {
      Map<String, String> tags = SynthesizedLab.tags(instance.get("Properties"));
      assertEquals("target", tags.get("leadline:role"));
      numbers.put(
          tags.get("leadline:number"),
          tags.get("leadline:cluster") + " " + instance.at("/Properties/InstanceType").asText());
    }
    Map<String, String> expected = new TreeMap<>();
    for (int number = 1; number <= 9; number++) {
      expected.put(
          Integer.toString(number), number <= 4 ? "cluster1 t2.large" : "cluster2 t2.micro");
    }
    assertEquals(expected, numbers);
    assertEquals("balancer", SynthesizedLab.tag(host(), "leadline:hosts"));
    assertEquals(
        LAB.logicalId(HOST), LAB.json().at("/Outputs/BalancerInstanceId/Value/Ref").asText());
  }

  @Test
  void theHostIsATargetOfBothBalancers() {
    Set<Integer> sizes = Set.of(4, 5);
    for (JsonNode group : LAB.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values()) {
      assertTrue(sizes.contains(group.at("/Properties/Targets").size()));
    }
    String script = LAB.script(HOST);
    String own = "{id: \"@INSTANCE_ID@\", address: \"@LOOPBACK_HOST@\", port: 8000}";
    assertTrue(script.contains("- &t3 " + own), script);
    assertTrue(script.contains("[*t0, *t1, *t2, *t3, *t4, *t5, *t6, *t7, *t8]"), script);
    assertTrue(script.contains("CLUSTER='cluster1'\n"));
    assertTrue(script.contains("CLUSTER_PATHS='/cluster1,/mixed'\n"));
    assertTrue(script.contains("NUMBER='4'\n"));
    assertTrue(script.contains("JAR_KEY="));
  }

  @Test
  void theHostIsReachedAsATargetAndAsABalancer() {
    assertEquals(2, host().get("SecurityGroupIds").size());
    assertTrue(host().get("SecurityGroupIds").toString().contains("NetworkTargetSecurityGroup"));
    assertTrue(host().get("SecurityGroupIds").toString().contains("NetworkBalancerSecurityGroup"));
  }

  @Test
  void disksAreNotEncryptedWhereThatIsWanted() {
    for (JsonNode instance : LAB.resources(INSTANCE).values()) {
      assertFalse(instance.at("/Properties/BlockDeviceMappings/0/Ebs/Encrypted").asBoolean(true));
    }
  }
}
