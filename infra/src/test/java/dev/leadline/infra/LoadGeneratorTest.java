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
  private static final SynthesizedLab LAB = lab(Profile.AWS);

  private static SynthesizedLab lab(Profile profile) {
    Map<String, Object> context = SynthesizedLab.context(profile);
    context.put("loadGenerator", "t3.medium");
    return SynthesizedLab.with(context);
  }

  private static JsonNode instance() {
    return LAB.instance(LAB.logicalId("leadline-generator"));
  }

  @Test
  void itIsAnInstanceOfItsOwnWithJavaAndTheBenchmark() {
    assertEquals("t3.medium", instance().get("InstanceType").asText());
    assertEquals("generator", SynthesizedLab.tag(instance(), "leadline:role"));
    String script = SynthesizedLab.unpacked(LAB.script("leadline-generator"));
    assertTrue(script.contains("fetch_asset \"$JAR_BUCKET\" \"$JAR_KEY\" bench.jar"), script);
    assertTrue(script.contains("JAR_KEY="), script);
    assertFalse(script.contains("main.py"), script);
  }

  @Test
  void bothBalancersLetItsOwnAddressInAndNothingElseDoes() {
    String address =
        LAB.resources("AWS::EC2::EIP").keySet().stream()
            .filter(it -> it.startsWith("Generator"))
            .findFirst()
            .orElseThrow();
    Set<String> open = new TreeSet<>();
    LAB.resources("AWS::EC2::SecurityGroup")
        .forEach(
            (id, group) -> {
              if (group.at("/Properties/SecurityGroupIngress").toString().contains(address)) {
                open.add(group.at("/Properties/GroupDescription").asText());
              }
            });
    assertEquals(Set.of("The Application Load Balancer", "The instance that runs Leadline"), open);
  }

  @Test
  void itMayReadItsProgramAndCloudWatchAndWriteResultsAndNoMore() {
    List<String> actions = new ArrayList<>();
    for (JsonNode policy : LAB.resources("AWS::IAM::Policy").values()) {
      if (policy.at("/Properties/Roles/0/Ref").asText().startsWith("Generator")) {
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
    assertEquals(
        List.of(
            "s3:GetObject",
            "s3:PutObject",
            "cloudwatch:GetMetricData",
            "cloudwatch:ListMetrics",
            "cloudformation:SignalResource"),
        actions);
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
    String script = SynthesizedLab.unpacked(lab(Profile.LOCAL).script("leadline-generator"));
    assertTrue(script.contains("LEADLINE_PRIVATE_ADDRESS"), script);
  }

  @Test
  void inTheAcademyItIsInPlaceOfATarget() {
    Map<String, Object> context = SynthesizedLab.context(Profile.ACADEMY);
    context.put("loadGenerator", "t3.medium");
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> SynthesizedLab.with(context))
                .getMessage());
    assertTrue(message.contains("8 targets and a balancer, and there is a loadGenerator"), message);
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
    assertTrue(message.startsWith("loadGenerator is \"t3.huge\"; allowed: a type"), message);
  }
}
