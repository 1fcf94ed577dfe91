package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** One more instance that runs the benchmark. */
class LoadGeneratorTest {
  private static final SynthesizedLab LAB = lab(Profile.AWS, "t3.medium");
  private static final SynthesizedLab SHARED = lab(Profile.AWS, Settings.ON_BALANCER);

  private static final Set<String> BOTH =
      Set.of("The Application Load Balancer", "The instance that runs Leadline");

  private static SynthesizedLab lab(Profile profile, String loadGenerator) {
    Map<String, Object> context = SynthesizedLab.context(profile);
    context.put("loadGenerator", loadGenerator);
    return SynthesizedLab.with(context);
  }

  private static JsonNode instance() {
    return LAB.instance(LAB.logicalId("leadline-generator"));
  }

  @Test
  void itIsAnInstanceOfItsOwnWithJava() {
    assertEquals("t3.medium", instance().get("InstanceType").asText());
    assertEquals("generator", SynthesizedLab.tag(instance(), "leadline:role"));
    String script = SynthesizedLab.unpacked(LAB.script("leadline-generator"));
    assertTrue(script.contains("install_java"), script);
    assertFalse(script.contains("main.py"), script);
    // A new version of the benchmark replaces no instance.
    assertFalse(script.contains("JAR_KEY="), script);
    assertEquals(LAB.logicalId("leadline-generator"), host(LAB));
  }

  /** The logical id of the instance that runs the benchmark. */
  private static String host(SynthesizedLab lab) {
    return lab.json().at("/Outputs/GeneratorInstanceId/Value/Ref").asText();
  }

  @Test
  void bothBalancersLetItsOwnAddressInAndNothingElseDoes() {
    String address =
        LAB.resources("AWS::EC2::EIP").keySet().stream()
            .filter(it -> it.startsWith("Generator"))
            .findFirst()
            .orElseThrow();
    assertEquals(BOTH, letsIn(LAB, address));
  }

  /** Catches a path whose listener it cannot reach: all its requests would be errors. */
  @Test
  void everyKindThatIsComparedLetsItInOnAllItsPorts() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("loadGenerator", Settings.ON_BALANCER);
    context.put(BalancerKind.KEY, LabCase.EVERY_KIND);
    Set<String> ports = new TreeSet<>();
    SynthesizedLab lab = SynthesizedLab.with(context);
    JsonNode egress =
        lab.resources("AWS::EC2::SecurityGroup").values().stream()
            .filter(it -> it.at("/Properties/GroupDescription").asText().contains("Leadline"))
            .findFirst()
            .orElseThrow()
            .at("/Properties/SecurityGroupEgress");
    assertTrue(
        egress.findParents("Description").stream()
            .anyMatch(
                it ->
                    it.path("FromPort").asInt() == 8081
                        && it.path("ToPort").asInt() == 8083
                        && it.path("CidrIp").asText().equals("0.0.0.0/0")),
        egress.toString());
    lab.resources("AWS::EC2::SecurityGroupIngress")
        .forEach(
            (id, rule) -> {
              JsonNode properties = rule.get("Properties");
              if (properties.path("Description").asText().equals("load generator")) {
                String group = properties.at("/GroupId/Fn::GetAtt/0").asText();
                ports.add(
                    "%s %s-%s"
                        .formatted(
                            group.replaceAll("^Network|SecurityGroup.*$", ""),
                            properties.get("FromPort"),
                            properties.get("ToPort")));
              }
            });
    assertEquals(Set.of("Alb 80-80", "Nlb 8081-8083", "Clb 80-80", "Balancer 80-80"), ports);
  }

  /** The descriptions of the groups that let an address in. */
  private static Set<String> letsIn(SynthesizedLab lab, String address) {
    Set<String> open = new TreeSet<>();
    lab.resources("AWS::EC2::SecurityGroupIngress")
        .forEach(
            (id, rule) -> {
              if (rule.at("/Properties/CidrIp").toString().contains(address)) {
                String group = rule.at("/Properties/GroupId/Fn::GetAtt/0").asText();
                open.add(
                    lab.json().at("/Resources/" + group + "/Properties/GroupDescription").asText());
              }
            });
    return open;
  }

  @Test
  void itMayReadItsProgramAndCloudWatchAndWriteResultsAndNoMore() {
    assertEquals(
        List.of(
            "s3:GetObject",
            "s3:PutObject",
            "cloudwatch:GetMetricData",
            "cloudwatch:ListMetrics",
            "cloudformation:SignalResource"),
        actions(LAB, "Generator"));
  }

  /** What the role may do whose logical id begins so. */
  private static List<String> actions(SynthesizedLab lab, String role) {
    List<String> actions = new ArrayList<>();
    for (JsonNode policy : lab.resources("AWS::IAM::Policy").values()) {
      if (policy.at("/Properties/Roles/0/Ref").asText().startsWith(role)) {
        policy
            .at("/Properties/PolicyDocument/Statement")
            .forEach(
                it -> {
                  JsonNode action = it.get("Action");
                  (action.isArray() ? action : List.of(action))
                      .forEach(each -> actions.add(each.asText()));
                });
      }
    }
    return actions;
  }

  @Test
  void onTheBalancersHostItIsNoInstanceMore() {
    SynthesizedLab plain = SynthesizedLab.of(Profile.AWS);
    assertEquals(
        plain.resources("AWS::EC2::Instance"),
        SHARED.resources("AWS::EC2::Instance"),
        "an update of a lab that is up replaces none");
    assertEquals(plain.resources("AWS::EC2::EIP"), SHARED.resources("AWS::EC2::EIP"));
    assertEquals(SHARED.logicalId("leadline-balancer"), host(SHARED));
    String address = SHARED.resources("AWS::EC2::EIP").keySet().iterator().next();
    assertEquals(BOTH, letsIn(SHARED, address));
  }

  @Test
  void theBalancerMayThenDoWhatALoadGeneratorMay() {
    Set<String> more = new TreeSet<>(actions(SHARED, "Balancer"));
    more.removeAll(actions(SynthesizedLab.of(Profile.AWS), "Balancer"));
    assertEquals(Set.of("s3:PutObject", "cloudwatch:ListMetrics"), more);
  }

  @Test
  void theBucketOfItsResultsIsAnOutputAndClosed() {
    String bucket = LAB.json().at("/Outputs/ResultsBucket/Value/Ref").asText();
    JsonNode properties = LAB.json().at("/Resources/" + bucket + "/Properties");
    assertTrue(properties.at("/PublicAccessBlockConfiguration/BlockPublicPolicy").asBoolean());
    assertEquals("Delete", LAB.json().at("/Resources/" + bucket + "/DeletionPolicy").asText());
  }

  @Test
  void withoutTheOptionThereIsNone() {
    String template = SynthesizedLab.of(Profile.AWS).json().toString();
    assertFalse(template.contains("generator"), template);
  }

  @Test
  void locallyItIsAMachineLikeTheOthers() {
    String script =
        SynthesizedLab.unpacked(lab(Profile.LOCAL, "t3.medium").script("leadline-generator"));
    assertTrue(script.contains("LEADLINE_PRIVATE_ADDRESS"), script);
  }

  @Test
  void inTheAcademyItIsInPlaceOfATargetOrOnTheBalancersHost() {
    Map<String, Object> context = SynthesizedLab.context(Profile.ACADEMY);
    context.put("loadGenerator", "t3.medium");
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> SynthesizedLab.with(context))
                .getMessage());
    assertTrue(message.contains("8 targets and a balancer, and there is a loadGenerator"), message);
    assertTrue(message.endsWith("(loadGenerator=balancer)"), message);
    assertEquals(
        9, lab(Profile.ACADEMY, Settings.ON_BALANCER).resources("AWS::EC2::Instance").size());
    context.put("topology", String.valueOf(context.get("topology")).replace("4}]", "3}]"));
    assertEquals(9, SynthesizedLab.with(context).resources("AWS::EC2::Instance").size());
  }

  @Test
  void itsTypeIsChecked() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("loadGenerator", "t3.huge");
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> SynthesizedLab.with(context))
                .getMessage());
    assertTrue(
        message.startsWith("loadGenerator is \"t3.huge\"; allowed: balancer (its host), or a type"),
        message);
  }
}
