package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Our own balancer on a group of instances. ExposureTest has who reaches whom. */
class BalancerGroupTest {
  private static final String GROUP = "AWS::AutoScaling::AutoScalingGroup";
  private static final String FRONT = "BalancerFrontBalancers";

  static List<LabCase> groups() {
    return List.of(
        LabCase.ofGroup(Profile.AWS, Map.of()), LabCase.ofGroup(Profile.LOCAL, Map.of()));
  }

  private static SynthesizedLab lab(Profile profile) {
    return LabCase.ofGroup(profile, Map.of()).synthesized();
  }

  private static JsonNode only(SynthesizedLab lab, String type) {
    Map<String, JsonNode> found = lab.resources(type);
    assertEquals(1, found.size(), found.keySet().toString());
    return found.values().iterator().next();
  }

  private static JsonNode frontTargets(SynthesizedLab lab) {
    return lab.resources("AWS::ElasticLoadBalancingV2::TargetGroup").entrySet().stream()
        .filter(it -> it.getKey().startsWith(FRONT))
        .findFirst()
        .orElseThrow()
        .getValue()
        .get("Properties");
  }

  private static Map<String, String> attributes(JsonNode properties, String list) {
    Map<String, String> attributes = new TreeMap<>();
    properties
        .get(list)
        .forEach(it -> attributes.put(it.get("Key").asText(), it.get("Value").asText()));
    return attributes;
  }

  @ParameterizedTest
  @MethodSource("groups")
  void theGroupHasItsSizeInBothZonesAndNoCapacityThatAnUpdateWouldReset(LabCase lab) {
    JsonNode group = only(lab.synthesized(), GROUP).get("Properties");
    assertEquals("2", group.get("MinSize").asText());
    assertEquals("4", group.get("MaxSize").asText());
    assertFalse(group.has("DesiredCapacity"));
    assertEquals(2, group.get("VPCZoneIdentifier").size());
    assertEquals("ELB", group.get("HealthCheckType").asText());
    assertTrue(group.at("/TargetGroupARNs/0/Ref").asText().startsWith(FRONT));
    assertEquals(1, group.get("TargetGroupARNs").size());
    for (JsonNode tag : group.get("Tags")) {
      assertTrue(tag.get("PropagateAtLaunch").asBoolean(), tag.toString());
    }
    assertEquals(
        Map.of(
            "Name", "leadline-balancer",
            "leadline:lab", "Leadline",
            "leadline:role", "balancer",
            "leadline:policy", "leadline"),
        SynthesizedLab.tags(group));
    JsonNode scaling =
        only(lab.synthesized(), "AWS::AutoScaling::ScalingPolicy")
            .at("/Properties/TargetTrackingConfiguration");
    assertEquals(50, scaling.get("TargetValue").asInt());
    assertEquals(
        "ASGAverageCPUUtilization",
        scaling.at("/PredefinedMetricSpecification/PredefinedMetricType").asText());
  }

  /** What LabInstance promises of an instance, TemplateTest tests. */
  @Test
  void aMemberIsAnInstanceAsTheOthersAre() {
    SynthesizedLab lab =
        LabCase.ofGroup(Profile.AWS, Map.of("allowedCidr", LabCase.RANGE, "keyName", "laptop"))
            .synthesized();
    JsonNode member = lab.launchTemplate(only(lab, GROUP));
    JsonNode target = lab.instance(lab.logicalId("leadline-cluster1-1"));
    assertEquals("required", member.at("/MetadataOptions/HttpTokens").asText());
    assertEquals("enabled", member.at("/MetadataOptions/InstanceMetadataTags").asText());
    assertEquals(
        target.get("Monitoring").asBoolean(), member.at("/Monitoring/Enabled").asBoolean());
    assertTrue(target.at("/BlockDeviceMappings/0/Ebs/Encrypted").asBoolean());
    for (String key : List.of("BlockDeviceMappings", "ImageId", "KeyName")) {
      assertEquals(target.get(key), member.get(key), key);
    }
    assertEquals(1, member.get("SecurityGroupIds").size());
    assertTrue(
        member.at("/SecurityGroupIds/0/Fn::GetAtt/0").asText().startsWith("NetworkBalancer"));
    assertEquals("t3.small", member.get("InstanceType").asText());
    assertTrue(
        member.at("/IamInstanceProfile/Arn/Fn::GetAtt/0").asText().startsWith("BalancerInstance"));
  }

  /** A group without its policies would be complete at once, and would keep a former script. */
  @ParameterizedTest
  @MethodSource("groups")
  void theStackWaitsForTheFirstOnesAndAnotherScriptLaunchesBeforeItEnds(LabCase lab) {
    JsonNode group = only(lab.synthesized(), GROUP);
    assertEquals(2, group.at("/CreationPolicy/ResourceSignal/Count").asInt());
    assertEquals("PT15M", group.at("/CreationPolicy/ResourceSignal/Timeout").asText());
    JsonNode version = group.at("/Properties/LaunchTemplate/Version/Fn::GetAtt");
    assertEquals("LatestVersionNumber", version.get(1).asText());
    JsonNode refresh = group.at("/UpdatePolicy/AutoScalingInstanceRefresh/Preferences");
    assertEquals(100, refresh.get("MinHealthyPercentage").asInt());
    assertTrue(refresh.get("MaxHealthyPercentage").asInt() > 100);
    assertEquals(1, group.get("UpdatePolicy").size());
    JsonNode replaced = group.at("/Properties/InstanceMaintenancePolicy");
    assertEquals(refresh.get("MinHealthyPercentage"), replaced.get("MinHealthyPercentage"));
    assertEquals(refresh.get("MaxHealthyPercentage"), replaced.get("MaxHealthyPercentage"));
    Set<String> before = new TreeSet<>();
    group.get("DependsOn").forEach(it -> before.add(it.asText().replaceAll("[0-9A-F]{8}$", "")));
    assertTrue(
        before.containsAll(
            Set.of(
                "BalancerFrontLoadBalancerListener",
                "BalancerRole",
                "BalancerRoleDefaultPolicy",
                "NetworkVpcpublicSubnet1DefaultRoute",
                "NetworkVpcpublicSubnet2DefaultRoute")),
        before.toString());
  }

  /** What leaves has time to be seen, to answer, and to be closed, one after the other. */
  @ParameterizedTest
  @EnumSource(names = {"AWS", "LOCAL"})
  void aBalancerThatLeavesStopsBeforeItsConnectionsAreEnded(Profile profile) {
    Map<String, String> of = attributes(frontTargets(lab(profile)), "TargetGroupAttributes");
    assertEquals("true", of.get("deregistration_delay.connection_termination.enabled"));
    assertEquals("false", of.get("target_health_state.unhealthy.connection_termination.enabled"));
    assertEquals("300", of.get("target_health_state.unhealthy.draining_interval_seconds"));
    int delay = Integer.parseInt(of.get("deregistration_delay.timeout_seconds"));
    Profile.Membership times = profile.membership();
    int shutdown = times.shutdownDelay().toSeconds().intValue();
    String config = lab(profile).script("leadline-balancer");
    assertTrue(config.contains("\ntimeouts: {shutdownDelay: %ds}\n".formatted(shutdown)), config);
    assertTrue(shutdown < delay);
    if (profile == Profile.AWS) {
      int usualShutdown = 30; // docs/configuration.md
      assertTrue(shutdown + usualShutdown < delay);
      // A new one counts as in service before its script has ended.
      assertTrue(times.warmUp().toSeconds().intValue() >= times.start().toSeconds().intValue());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "LOCAL"})
  void theFrontAsksWhoIsReadyAndSaysWhoTheClientIs(Profile profile) {
    JsonNode targets = frontTargets(lab(profile));
    assertEquals("9901", targets.get("HealthCheckPort").asText());
    assertEquals("/ready", targets.get("HealthCheckPath").asText());
    assertEquals("HTTP", targets.get("HealthCheckProtocol").asText());
    assertEquals("TCP", targets.get("Protocol").asText());
    assertEquals(profile.listenerPort(), targets.get("Port").asInt());
    Map<String, String> of = attributes(targets, "TargetGroupAttributes");
    assertEquals("true", of.get("proxy_protocol_v2.enabled"));
    assertEquals("false", of.get("preserve_client_ip.enabled"));
    JsonNode front =
        lab(profile).resources("AWS::ElasticLoadBalancingV2::LoadBalancer").values().stream()
            .map(it -> it.get("Properties"))
            .filter(it -> it.path("Type").asText().equals("network"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        "true",
        attributes(front, "LoadBalancerAttributes").get("load_balancing.cross_zone.enabled"));
    String config = lab(profile).script("leadline-balancer");
    assertTrue(
        config.contains(
            "port: %d, proxyProtocol: {from: [\"%s\"]}}\n"
                .formatted(profile.listenerPort(), profile.frontRange())),
        config);
  }

  @Test
  void aMemberMayReadTheGroupsSecretAndFindTheOthersAndNoMore() {
    SynthesizedLab lab = lab(Profile.AWS);
    Map<String, Set<String>> allowed = new TreeMap<>();
    for (JsonNode policy : lab.resources("AWS::IAM::Policy").values()) {
      if (policy.at("/Properties/Roles/0/Ref").asText().startsWith("Balancer")) {
        for (JsonNode it : policy.at("/Properties/PolicyDocument/Statement")) {
          JsonNode action = it.get("Action");
          (action.isArray() ? action : List.of(action))
              .forEach(
                  each ->
                      allowed
                          .computeIfAbsent(each.asText(), name -> new TreeSet<>())
                          .add(it.get("Resource").toString()));
        }
      }
    }
    assertEquals(
        Set.of(
            "s3:GetObject",
            "cloudwatch:PutMetricData",
            "cloudwatch:GetMetricData",
            "secretsmanager:GetSecretValue",
            "ec2:DescribeInstances",
            "cloudformation:SignalResource"),
        allowed.keySet());
    String secret = lab.resources("AWS::SecretsManager::Secret").keySet().iterator().next();
    assertEquals(
        Set.of("{\"Ref\":\"" + secret + "\"}"), allowed.get("secretsmanager:GetSecretValue"));
    JsonNode made = only(lab, "AWS::SecretsManager::Secret").at("/Properties/GenerateSecretString");
    assertEquals(32, made.get("PasswordLength").asInt());
    assertTrue(made.get("ExcludePunctuation").asBoolean());
  }

  @Test
  void theOutputsAreTheGroupsAndItsFronts() {
    SynthesizedLab lab = lab(Profile.AWS);
    Set<String> names = new TreeSet<>();
    lab.json().get("Outputs").fieldNames().forEachRemaining(names::add);
    assertEquals(
        Set.of(
            "AlbUrl",
            "AlbArn",
            "LeadlineUrl",
            "BalancerGroup",
            "BalancerFrontArn",
            "BalancerTargetGroupArn"),
        names);
    assertTrue(
        lab.json()
            .at("/Outputs/LeadlineUrl")
            .toString()
            .matches(".*BalancerFrontLoadBalancer\\w+\",\"DNSName\".*\":80\".*"));
    assertEquals(
        "{\"min\":2,\"max\":4}", lab.json().at("/Metadata/Leadline/balancerGroup").toString());
    assertTrue(lab.resources("AWS::EC2::EIP").isEmpty());
  }

  /** All balancers publish under one name, so counts add up; CPU is the group's. */
  @Test
  void figuresAndAlarmsAreTheWholeGroups() {
    SynthesizedLab lab = lab(Profile.AWS);
    Set<String> names = new TreeSet<>();
    for (JsonNode alarm : lab.resources("AWS::CloudWatch::Alarm").values()) {
      for (JsonNode dimension : alarm.findValues("Dimensions")) {
        if (Set.of("Balancer", "AutoScalingGroupName").contains(dimension.at("/0/Name").asText())) {
          names.add(dimension.at("/0/Value").toString());
        }
      }
    }
    String group = lab.resources(GROUP).keySet().iterator().next();
    assertEquals(Set.of("\"Leadline-balancers\"", "{\"Ref\":\"" + group + "\"}"), names);
    assertTrue(
        lab.script("leadline-balancer")
            .contains("dimensions: {Balancer: \"Leadline-balancers\"}\n"));
    assertTrue(
        lab.json().toString().contains("The CPU of the instances of Leadline, on average, was"));
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "LOCAL"})
  void aMembersScriptHasWhatAGroupNeeds(Profile profile) {
    SynthesizedLab lab = lab(profile);
    String script = lab.script("leadline-balancer");
    assertTrue(script.contains("\nNUMBER=''\n"), script);
    assertTrue(script.contains("\nGROUP_SECRET='" + SynthesizedLab.SECRET + "'\n"), script);
    String group = lab.resources(GROUP).keySet().iterator().next();
    assertTrue(script.contains("\nRESOURCE_ID='" + group + "'\n"), script);
    String functions = SynthesizedLab.unpacked(script);
    assertTrue(functions.contains("join_group() {"), functions);
    assertTrue(functions.contains("watch_lifecycle() {"), functions);
  }

  @Test
  void theConfigurationIsWhatItWas() throws IOException {
    String script = lab(Profile.AWS).script("leadline-balancer");
    String begin = "write_file balancer.yaml <<'END_OF_FILE'\n";
    int from = script.indexOf(begin) + begin.length();
    SnapshotTest.check(
        "group.balancer.yaml", script.substring(from, script.indexOf("END_OF_FILE\n", from)));
  }

  /**
   * The worst case: forty targets, and the longest platform. Half a KB is left of what EC2 takes.
   */
  @ParameterizedTest
  @EnumSource(OperatingSystem.class)
  void fortyTargetsFitIntoAMembersScript(OperatingSystem os) {
    Map<String, Object> context = new HashMap<>(SynthesizedLab.context(Profile.AWS));
    context.put("os", os.id());
    String cluster =
        "{\"name\": \"%s\", \"path\": \"/%s\", \"instanceType\": \"t3.nano\", \"count\": 20}";
    context.put(
        "topology",
        "{\"clusters\": [%s, %s], \"balancer\": {\"instanceType\": \"t3.small\", \"min\": 2, \"max\": 4, \"policy\": \"leadline\"}}"
            .formatted(
                cluster.formatted("cluster1", "cluster1"),
                cluster.formatted("cluster2", "cluster2")));
    String script = SynthesizedLab.with(context).script("leadline-balancer");
    int bytes = script.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes <= 16 * 1024 - 512, os + ": " + bytes);
  }
}
