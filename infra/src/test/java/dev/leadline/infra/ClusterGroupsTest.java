package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Clusters whose instances come and go, beside one whose instances stay. */
class ClusterGroupsTest {
  private static final String GROUP = "AWS::AutoScaling::AutoScalingGroup";

  /** cluster1 stays, cluster2 grows; every kind of load balancer is in front. */
  private static final SynthesizedLab LAB =
      LabCase.ofClusterGroup(Profile.AWS, Map.of(BalancerKind.KEY, LabCase.EVERY_KIND))
          .synthesized();

  private static final SynthesizedLab WITH_ALB =
      LabCase.ofClusterGroup(Profile.LOCAL, Map.of()).synthesized();

  private static JsonNode group(SynthesizedLab lab) {
    return lab.resources(GROUP).values().iterator().next();
  }

  private static Set<String> names(JsonNode refs) {
    Set<String> names = new TreeSet<>();
    refs.forEach(it -> names.add(it.get("Ref").asText().replaceAll("[0-9A-F]{8}$", "")));
    return names;
  }

  @Test
  void aClusterIsAGroupThatIsRegisteredWhereverItsInstancesWouldBe() {
    assertEquals(1, LAB.resources(GROUP).size());
    JsonNode properties = group(LAB).get("Properties");
    assertEquals(
        Set.of("Albcluster2", "Albmixed", "Nlbcluster2", "Nlbmixed"),
        names(properties.get("TargetGroupARNs")));
    assertEquals(Set.of("Clbcluster2", "Clbmixed"), names(properties.get("LoadBalancerNames")));
    assertEquals("2", properties.get("MinSize").asText());
    assertEquals("6", properties.get("MaxSize").asText());
    assertEquals("EC2", properties.get("HealthCheckType").asText());
    assertEquals(
        Map.of(
            "Name", "leadline-cluster2",
            "leadline:lab", "Leadline",
            "leadline:role", "target",
            "leadline:cluster", "cluster2"),
        SynthesizedLab.tags(properties));
    JsonNode member = LAB.launchTemplate(group(LAB));
    assertEquals("t2.micro", member.get("InstanceType").asText());
    assertTrue(member.at("/SecurityGroupIds/0/Fn::GetAtt/0").asText().startsWith("NetworkTarget"));
    assertEquals(1, member.get("SecurityGroupIds").size());
  }

  @Test
  void whatStaysIsListedBesideIt() {
    assertEquals(5, LAB.resources("AWS::EC2::Instance").size()); // four targets and the balancer
    for (String mixed : List.of("Albmixed", "Nlbmixed")) {
      JsonNode targets =
          LAB.resources("AWS::ElasticLoadBalancingV2::TargetGroup").entrySet().stream()
              .filter(it -> it.getKey().startsWith(mixed))
              .findFirst()
              .orElseThrow()
              .getValue()
              .at("/Properties/Targets");
      assertEquals(4, targets.size(), mixed);
    }
  }

  /** A weight for each cluster's group would be that of the size at first. */
  @Test
  void mixedForwardsToOneGroupOfAllTargets() {
    for (JsonNode rule : WITH_ALB.resources("AWS::ElasticLoadBalancingV2::ListenerRule").values()) {
      if (rule.toString().contains("\"/mixed\"")) {
        JsonNode actions = rule.at("/Properties/Actions");
        assertEquals(1, actions.size());
        assertTrue(actions.at("/0/TargetGroupArn/Ref").asText().startsWith("Albmixed"));
        return;
      }
    }
    throw new AssertionError("no rule for /mixed");
  }

  @Test
  void leadlineAsksTheTargetGroupsWhoIsThere() {
    String config = WITH_ALB.script("leadline-balancer");
    String from = "    targetsFrom: {targetGroup: \"" + SynthesizedLab.TARGET_GROUP + "\"}\n";
    assertEquals(2, config.split(java.util.regex.Pattern.quote(from), -1).length - 1, config);
    assertTrue(config.contains("  - name: cluster1\n"));
    assertTrue(
        config.contains("    - {id: i-0123456789abcdef0, address: 255.255.255.255, port: 8000}\n"));
    Set<String> asked = new TreeSet<>();
    String launched = WITH_ALB.logicalId("leadline-balancer");
    WITH_ALB.instance(launched).get("UserData").findValuesAsText("Ref").stream()
        .filter(it -> it.startsWith("Alb"))
        .forEach(it -> asked.add(it.replaceAll("[0-9A-F]{8}$", "")));
    assertEquals(Set.of("Albcluster2", "Albmixed"), asked);
  }

  @Test
  void itMayAskThemAndNoMore() {
    Set<String> actions = new TreeSet<>();
    for (JsonNode policy : LAB.resources("AWS::IAM::Policy").values()) {
      if (policy.at("/Properties/Roles/0/Ref").asText().startsWith("Balancer")) {
        policy
            .findValues("Action")
            .forEach(
                it -> {
                  if (it.isArray()) {
                    it.forEach(each -> actions.add(each.asText()));
                  } else {
                    actions.add(it.asText());
                  }
                });
      }
    }
    assertEquals(
        Set.of(
            "s3:GetObject",
            "cloudwatch:PutMetricData",
            "cloudwatch:GetMetricData",
            "elasticloadbalancing:DescribeTargetHealth",
            "ec2:DescribeInstances",
            "cloudformation:SignalResource"),
        actions);
  }

  @Test
  void outputsAndMetadataNameTheGroups() {
    String names = LAB.json().at("/Outputs/ClusterGroups/Value").toString();
    assertTrue(names.contains(LAB.resources(GROUP).keySet().iterator().next()), names);
    assertTrue(names.contains("cluster2"), names);
    assertFalse(names.contains("cluster1"), names);
    assertEquals(
        "{\"cluster2\":{\"min\":2,\"max\":6}}",
        LAB.json().at("/Metadata/Leadline/clusterGroups").toString());
    assertTrue(
        LAB.json().toString().contains("The CPU of the instances of cluster2, on average, was"));
  }

  @Test
  void aMemberFindsItsNumberItself() {
    String script = LAB.script("leadline-cluster2");
    assertTrue(script.contains("\nNUMBER=''\n"), script);
    assertTrue(script.contains("\nCLUSTER_PATHS='/cluster2,/mixed'\n"), script);
    assertTrue(SynthesizedLab.unpacked(script).contains("own_number() {"));
    assertFalse(script.contains("TASKS="), script);
  }

  /** The worst case: twelve paths that come and go, and balancers in a group. */
  @Test
  void manyGroupsFitIntoAMembersScript() {
    Map<String, Object> context = new HashMap<>(SynthesizedLab.context(Profile.AWS));
    StringBuilder clusters = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      clusters.append(i == 0 ? "" : ",");
      clusters.append(
          "{\"name\":\"c%d\",\"path\":\"/c%d\",\"instanceType\":\"t3.nano\",\"min\":1,\"max\":50}"
              .formatted(i, i));
    }
    context.put(
        "topology",
        "{\"clusters\":[%s],\"balancer\":{\"instanceType\":\"t3.small\",\"min\":2,\"max\":16,\"policy\":\"leadline\"}}"
            .formatted(clusters));
    for (OperatingSystem os : OperatingSystem.values()) {
      context.put("os", os.id());
      SynthesizedLab.with(context)
          .scripts()
          .forEach(
              (name, script) ->
                  assertTrue(
                      script.getBytes(StandardCharsets.UTF_8).length <= 16 * 1024,
                      os + " " + name + ": " + script.length()));
    }
  }
}
