package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Allowed connections on every profile and with every option. Every rule of every security group is
 * compared, so the test fails for a rule too many and for a rule too few.
 */
class ExposureTest {
  private static final String GROUP = "AWS::EC2::SecurityGroup";
  private static final String EVERYWHERE = "0.0.0.0/0";

  static List<LabCase> all() {
    return LabCase.all();
  }

  static List<LabCase> withGroups() {
    List<LabCase> cases = new ArrayList<>(all());
    cases.addAll(LabCase.ofGroups());
    return cases;
  }

  @ParameterizedTest
  @MethodSource("withGroups")
  void nothingButTheListenersIsReachedFromOutsideAndOnlyFromTheAllowedRange(LabCase lab) {
    boolean local = lab.profile() == Profile.LOCAL;
    String plain = local ? "8080" : "80";
    String range = lab.has("allowedCidr") ? LabCase.RANGE : local ? "127.0.0.0/8" : "";
    Set<String> expected = new TreeSet<>();
    if (!range.isEmpty()) {
      if (lab.has(BalancerKind.ALB)) {
        expected.add(
            "Alb tcp %s from %s".formatted(lab.has("certificateArn") ? "443" : plain, range));
      }
      if (lab.has(BalancerKind.NLB)) { // cluster1, cluster2, mixed
        expected.add("Nlb tcp 8081-8083 from " + range);
      }
      if (lab.has(BalancerKind.CLB)) {
        expected.add("Clb tcp %s from %s".formatted(plain, range));
      }
      // The balancers of a group are reached over the load balancer in front of them alone.
      expected.add("%s tcp %s from %s".formatted(lab.entrance(), lab.leadlinePort(), range));
    }
    if (lab.isGroup()) {
      expected.add("Balancer tcp %s from Front".formatted(lab.leadlinePort()));
      expected.add("Balancer tcp 9901 from Front");
      expected.add("Balancer udp 9902 from Balancer");
    }
    if (lab.has("keyName")) {
      expected.add("Balancer tcp 22 from " + range);
      expected.add("Target tcp 22 from " + range);
    }
    for (BalancerKind kind : BalancerKind.values()) {
      if (lab.has(kind)) {
        String ports = kind == BalancerKind.CLB ? "8000" : lab.targetPorts();
        expected.add("Target tcp %s from %s".formatted(ports, kind.prefix()));
      }
    }
    assertEquals(expected, rules(lab.synthesized(), "Ingress", "from"));
  }

  @ParameterizedTest
  @MethodSource("withGroups")
  void instancesReachPackagesAndAwsAndTheBalancersTheTargetsAndNobodyAnythingElse(LabCase lab) {
    Set<String> expected =
        new TreeSet<>(
            Set.of(
                "Balancer tcp 80 to " + EVERYWHERE,
                "Balancer tcp 443 to " + EVERYWHERE,
                "Target tcp 80 to " + EVERYWHERE,
                "Target tcp 443 to " + EVERYWHERE));
    for (BalancerKind kind : BalancerKind.values()) {
      if (lab.has(kind)) {
        String ports = kind == BalancerKind.CLB ? "8000" : lab.targetPorts();
        expected.add("%s tcp %s to Target".formatted(kind.prefix(), ports));
      }
    }
    if (lab.isGroup()) {
      expected.add("Front tcp %s to Balancer".formatted(lab.leadlinePort()));
      expected.add("Front tcp 9901 to Balancer");
      expected.add("Balancer udp 9902 to Balancer");
    }
    assertEquals(expected, rules(lab.synthesized(), "Egress", "to"));
  }

  /** The rules above are worth what stands behind them: exactly one of the groups, each. */
  @ParameterizedTest
  @MethodSource("all")
  void everythingStandsBehindItsOwnGroupAndNoDoorIsElsewhere(LabCase lab) {
    SynthesizedLab synthesized = lab.synthesized();
    for (JsonNode instance : synthesized.resources("AWS::EC2::Instance").values()) {
      JsonNode properties = instance.get("Properties");
      String role = SynthesizedLab.tag(properties, "leadline:role");
      assertEquals(
          List.of(role.equals("target") ? "Target" : "Balancer"),
          names(properties.get("SecurityGroupIds")));
      assertEquals(1, properties.get("SecurityGroupIds").size());
      assertEquals(lab.has("keyName"), properties.has("KeyName"));
      assertEquals("laptop", properties.path("KeyName").asText("laptop"));
    }
    List<BalancerKind> kinds = Arrays.stream(BalancerKind.values()).filter(lab::has).toList();
    List<String> listeners = new ArrayList<>();
    synthesized
        .resources("AWS::ElasticLoadBalancingV2::Listener")
        .values()
        .forEach(it -> listeners.add(it.at("/Properties/Protocol").asText()));
    String http = lab.has("certificateArn") ? "HTTPS" : "HTTP";
    assertEquals(lab.has(BalancerKind.ALB) ? 1 : 0, Collections.frequency(listeners, http));
    assertEquals(lab.has(BalancerKind.NLB) ? 3 : 0, Collections.frequency(listeners, "TCP"));
    Map<String, JsonNode> balancers = new TreeMap<>();
    balancers.putAll(synthesized.resources("AWS::ElasticLoadBalancingV2::LoadBalancer"));
    balancers.putAll(synthesized.resources("AWS::ElasticLoadBalancing::LoadBalancer"));
    balancers.forEach(
        (id, it) -> {
          assertEquals(List.of(id.substring(0, 3)), names(it.at("/Properties/SecurityGroups")));
          assertEquals(1, it.at("/Properties/SecurityGroups").size());
        });
    assertEquals(
        kinds.stream()
            .mapToInt(it -> it == BalancerKind.CLB ? 3 : it == BalancerKind.LEADLINE ? 0 : 1)
            .sum(),
        balancers.size());
    assertEquals(kinds.size() + 1, synthesized.resources(GROUP).size());
    for (String type :
        List.of(
            "AWS::EC2::NetworkInterface",
            "AWS::EC2::VPCPeeringConnection",
            "AWS::EC2::VPNGateway",
            "AWS::EC2::SubnetCidrBlock",
            "AWS::EC2::VPCCidrBlock")) {
      assertTrue(synthesized.resources(type).isEmpty(), type);
    }
    String template = synthesized.json().toString();
    assertFalse(template.contains("::/0"), "a rule for IPv6");
    assertEquals(
        lab.has("balancerTls"),
        !synthesized.script("leadline-balancer").contains("BALANCER_TLS='none'"));
    // The admin port is named in the balancer's own file only, on its loopback address.
    for (JsonNode group : synthesized.resources(GROUP).values()) {
      assertFalse(group.toString().contains("9901"));
    }
  }

  /** Every rule of a direction, as "group protocol ports from whom". */
  private static Set<String> rules(SynthesizedLab lab, String direction, String word) {
    Set<String> found = new TreeSet<>();
    lab.resources(GROUP)
        .forEach(
            (id, group) ->
                group
                    .at("/Properties/SecurityGroup" + direction)
                    .forEach(rule -> add(found, name(id), rule, word)));
    lab.resources(GROUP + direction)
        .values()
        .forEach(
            it -> {
              JsonNode rule = it.get("Properties");
              add(found, name(rule.at("/GroupId/Fn::GetAtt/0").asText()), rule, word);
            });
    // The CDK's placeholder where nothing is allowed: an address that no host can have.
    found.removeIf(rule -> rule.endsWith("255.255.255.255/32"));
    return found;
  }

  private static void add(Set<String> found, String group, JsonNode rule, String word) {
    String from = rule.path("FromPort").asText("all");
    String to = rule.path("ToPort").asText("all");
    Set<String> peers = new HashSet<>();
    rule.properties()
        .forEach(
            it -> {
              if (it.getKey().endsWith("SecurityGroupId")) {
                peers.add(name(it.getValue().at("/Fn::GetAtt/0").asText()));
              } else if (!Set.of("IpProtocol", "FromPort", "ToPort", "Description", "GroupId")
                  .contains(it.getKey())) {
                peers.add(it.getValue().asText());
              }
            });
    assertEquals(1, peers.size(), rule.toString());
    found.add(
        "%s %s %s %s %s"
            .formatted(
                group,
                rule.get("IpProtocol").asText(),
                from.equals(to) ? from : from + "-" + to,
                word,
                peers.iterator().next()));
  }

  private static List<String> names(JsonNode groups) {
    return groups.findValues("Fn::GetAtt").stream().map(it -> name(it.get(0).asText())).toList();
  }

  /** NetworkAlbSecurityGroup1A2B becomes Alb. */
  private static String name(String logicalId) {
    return logicalId.replaceAll("^Network|SecurityGroup.*$", "");
  }
}
