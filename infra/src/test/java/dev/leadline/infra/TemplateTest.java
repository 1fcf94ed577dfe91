package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.assertions.Match;

/** What the template promises, profile by profile. */
class TemplateTest {
  private static final String INSTANCE = "AWS::EC2::Instance";
  private static final String RULE = "AWS::ElasticLoadBalancingV2::ListenerRule";

  private static List<JsonNode> properties(SynthesizedLab lab, String type) {
    return lab.resources(type).values().stream()
        .map(resource -> resource.get("Properties"))
        .toList();
  }

  @Test
  void fourLargeAndFiveMicroTargetsAreNumberedOnFromClusterToCluster() {
    Map<String, String> kinds = new TreeMap<>();
    for (JsonNode instance : properties(SynthesizedLab.of(Profile.AWS), INSTANCE)) {
      Map<String, String> tags = SynthesizedLab.tags(instance);
      kinds.put(
          tags.get("leadline:number"),
          "%s %s %s %s"
              .formatted(
                  tags.get("Name"),
                  tags.get("leadline:role"),
                  tags.get("leadline:cluster"),
                  instance.get("InstanceType").asText()));
    }
    Map<String, String> expected = new TreeMap<>();
    expected.put("0", "leadline-balancer balancer null t3.small");
    for (int number = 1; number <= 9; number++) {
      expected.put(
          Integer.toString(number),
          number <= 4
              ? "leadline-cluster1-%d target cluster1 t2.large".formatted(number)
              : "leadline-cluster2-%d target cluster2 t2.micro".formatted(number));
    }
    assertEquals(expected, kinds);
  }

  @ParameterizedTest
  @EnumSource
  void everyClusterIsInBothZones(Profile profile) {
    Set<String> found = new TreeSet<>();
    for (JsonNode instance : properties(SynthesizedLab.of(profile), INSTANCE)) {
      found.add(
          SynthesizedLab.tag(instance, "leadline:cluster") + " " + instance.at("/SubnetId/Ref"));
    }
    for (String cluster : List.of("cluster1", "cluster2")) {
      assertEquals(2, found.stream().filter(entry -> entry.startsWith(cluster)).count());
    }
  }

  /** Of a region's zones not each has every type, so the first two need not do. */
  @Test
  void theZonesThatAreAskedForHaveTheLabAndEveryRangeEnters() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("zones", "us-east-1b,us-east-1d");
    context.put("allowedCidr", "203.0.113.7/32,203.0.113.9/32");
    SynthesizedLab lab = SynthesizedLab.with(context);
    assertEquals(
        List.of("us-east-1b", "us-east-1d"),
        properties(lab, "AWS::EC2::Subnet").stream()
            .map(subnet -> subnet.get("AvailabilityZone").asText())
            .toList());
    List<String> entering =
        properties(lab, "AWS::EC2::SecurityGroup").stream()
            .flatMap(group -> group.findValuesAsText("CidrIp").stream())
            .filter(range -> range.startsWith("203."))
            .toList();
    assertEquals(
        List.of("203.0.113.7/32", "203.0.113.9/32", "203.0.113.7/32", "203.0.113.9/32"), entering);
    assertEquals(
        "203.0.113.7/32,203.0.113.9/32", lab.json().at("/Metadata/Leadline/allowedCidr").asText());
  }

  @ParameterizedTest
  @EnumSource
  void everyResourceThatTakesTagsSaysWhichLabItBelongsTo(Profile profile) {
    SynthesizedLab.of(profile)
        .json()
        .get("Resources")
        .forEach(
            resource -> {
              if (resource.get("Properties").has("Tags")) {
                assertEquals(
                    "Leadline",
                    SynthesizedLab.tags(resource.get("Properties")).get("leadline:lab"),
                    resource.toString());
              }
            });
  }

  @ParameterizedTest
  @EnumSource
  void metadataTakesSessionTokensOnly(Profile profile) {
    for (JsonNode instance : properties(SynthesizedLab.of(profile), INSTANCE)) {
      assertEquals("required", instance.at("/MetadataOptions/HttpTokens").asText());
    }
  }

  /** With "terminate" an instance that powers itself off (autoStopMinutes) would be gone. */
  @ParameterizedTest
  @EnumSource
  void anInstanceThatPowersItselfOffIsStopped(Profile profile) {
    for (JsonNode instance : properties(SynthesizedLab.of(profile), INSTANCE)) {
      assertEquals("stop", instance.path("InstanceInitiatedShutdownBehavior").asText("stop"));
    }
  }

  /** Otherwise a stack of instances that serve nothing would be called complete. */
  @ParameterizedTest
  @EnumSource
  void theStackWaitsForEachInstancesOwnWord(Profile profile) {
    SynthesizedLab.of(profile)
        .resources(INSTANCE)
        .forEach(
            (id, instance) ->
                assertEquals(
                    "PT15M", instance.at("/CreationPolicy/ResourceSignal/Timeout").asText(), id));
  }

  @ParameterizedTest
  @EnumSource(OperatingSystem.class)
  void everySystemHasItsImageAndItsPackages(OperatingSystem os) {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("os", os.id());
    SynthesizedLab lab = SynthesizedLab.with(context);
    String parameter =
        lab.json().at("/Parameters").properties().stream()
            .filter(it -> it.getValue().get("Type").asText().contains("AWS::EC2::Image::Id"))
            .map(it -> it.getValue().get("Default").asText())
            .findFirst()
            .orElseThrow();
    String script = lab.script("leadline-balancer");
    assertTrue(script.getBytes(java.nio.charset.StandardCharsets.UTF_8).length < 16 * 1024);
    String commands = SynthesizedLab.unpacked(script);
    switch (os) {
      case AMAZON -> assertTrue(parameter.contains("al2023") && commands.contains("dnf "));
      case UBUNTU -> assertTrue(parameter.contains("ubuntu") && commands.contains("apt-get "));
      case DEBIAN -> assertTrue(parameter.contains("debian") && commands.contains("apt-get "));
    }
  }

  /** An image that was published meanwhile must not replace nine machines by surprise. */
  @Test
  void theImageIsRememberedWhereTheAccountIsKnown() {
    Map<String, String> known =
        Map.of("CDK_DEFAULT_ACCOUNT", "123456789012", "CDK_DEFAULT_REGION", "eu-west-1");
    assertEquals("eu-west-1", Profile.AWS.environment(known).orElseThrow().getRegion());
    assertEquals("123456789012", Profile.ACADEMY.environment(known).orElseThrow().getAccount());
    assertTrue(Profile.LOCAL.environment(known).isEmpty());
    assertTrue(Profile.AWS.environment(Map.of()).isEmpty());

    App app = App.Builder.create().context(SynthesizedLab.context(Profile.AWS)).build();
    Stack stack =
        Stack.Builder.create(app, "Known")
            .env(Profile.AWS.environment(known).orElseThrow())
            .build();
    Object image = OperatingSystem.AMAZON.image(true).getImage(stack).getImageId();
    // a text that the CDK CLI replaces with what it has learned once, not a parameter
    assertEquals(
        "dummy-value-for-/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64",
        image.toString());
    assertEquals(1, Objects.requireNonNull(app.synth().getManifest().getMissing()).size());
  }

  @ParameterizedTest
  @EnumSource
  void synthesisSaysSoWhereNobodyMayEnter(Profile profile) {
    assertEquals(profile != Profile.LOCAL, SynthesizedLab.of(profile).warnedThatItIsClosed());
    assertFalse(
        new LabCase(profile, Map.of("allowedCidr", LabCase.RANGE))
            .synthesized()
            .warnedThatItIsClosed());
  }

  @ParameterizedTest
  @EnumSource
  void rulesLeadToTheClustersAndThePageAndNothingElseIsFound(Profile profile) {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    Map<Integer, String> rules = new TreeMap<>();
    for (JsonNode rule : properties(lab, RULE)) {
      rules.put(
          rule.get("Priority").asInt(),
          rule.at("/Conditions/0/Field").asText()
              + rule.at("/Conditions/0/PathPatternConfig/Values"));
    }
    assertEquals(
        Map.of(
            10, "path-pattern[\"/cluster1\",\"/cluster1/*\"]",
            20, "path-pattern[\"/cluster2\",\"/cluster2/*\"]",
            30, "path-pattern[\"/mixed\",\"/mixed/*\"]",
            40, "path-pattern[\"/\",\"/favicon.ico\",\"/robots.txt\"]"),
        rules);
    lab.template()
        .hasResourceProperties(
            "AWS::ElasticLoadBalancingV2::Listener",
            Map.of(
                "Port",
                profile.listenerPort(),
                "DefaultActions",
                Match.arrayEquals(
                    List.of(
                        Match.objectLike(
                            Map.of(
                                "Type",
                                "fixed-response",
                                "FixedResponseConfig",
                                Match.objectLike(Map.of("StatusCode", "404"))))))));
  }

  @ParameterizedTest
  @EnumSource
  void eachGroupHoldsItsOwnClustersInstances(Profile profile) {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    Map<String, Integer> sizes = new TreeMap<>();
    for (JsonNode group : properties(lab, "AWS::ElasticLoadBalancingV2::TargetGroup")) {
      Set<String> clusters = new HashSet<>();
      for (JsonNode target : group.get("Targets")) {
        JsonNode instance = lab.instance(target.at("/Id/Ref").asText());
        clusters.add(SynthesizedLab.tag(instance, "leadline:cluster"));
      }
      assertEquals(1, clusters.size());
      sizes.put(clusters.iterator().next(), group.get("Targets").size());
      assertEquals("/health", group.get("HealthCheckPath").asText());
    }
    assertEquals(Map.of("cluster1", 4, "cluster2", profile == Profile.ACADEMY ? 4 : 5), sizes);
  }

  @Test
  void mixedForwardsToBothGroupsByTheirSizes() {
    JsonNode mixed =
        properties(SynthesizedLab.of(Profile.AWS), RULE).stream()
            .filter(rule -> rule.get("Priority").asInt() == 30)
            .findFirst()
            .orElseThrow();
    List<Integer> weights = new ArrayList<>();
    mixed
        .at("/Actions/0/ForwardConfig/TargetGroups")
        .forEach(group -> weights.add(group.get("Weight").asInt()));
    assertEquals(List.of(4, 5), weights);
  }

  @Test
  void mixedFalseTakesThePathAwayEverywhere() {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("mixed", "false");
    SynthesizedLab lab = SynthesizedLab.with(context);
    lab.template().resourceCountIs(RULE, 3);
    lab.scripts().values().forEach(script -> assertFalse(script.contains("/mixed"), script));
  }

  @ParameterizedTest
  @EnumSource
  void theOutputsAreTheFourThatAreSharedAndNoneIsExported(Profile profile) {
    JsonNode outputs = SynthesizedLab.of(profile).json().get("Outputs");
    Set<String> names = new HashSet<>();
    outputs.fieldNames().forEachRemaining(names::add);
    assertEquals(Set.of("AlbUrl", "LeadlineUrl", "AlbArn", "BalancerInstanceId"), names);
    outputs.forEach(output -> assertFalse(output.has("Export"), output.toString()));
    assertTrue(outputs.get("AlbUrl").toString().contains(":" + profile.listenerPort() + "\""));
    assertTrue(outputs.get("LeadlineUrl").toString().contains(":" + profile.listenerPort() + "\""));
  }

  @Test
  void theBalancersAddressOutlivesAStop() {
    SynthesizedLab lab = SynthesizedLab.of(Profile.AWS);
    Map.Entry<String, JsonNode> address =
        lab.resources("AWS::EC2::EIP").entrySet().iterator().next();
    assertTrue(
        lab.json().at("/Outputs/LeadlineUrl").toString().contains("\"Ref\":\"" + address.getKey()));
    JsonNode holder = lab.instance(address.getValue().at("/Properties/InstanceId/Ref").asText());
    assertEquals("balancer", SynthesizedLab.tag(holder, "leadline:role"));
  }

  @ParameterizedTest
  @EnumSource
  void thereIsNoNatAndNoFunction(Profile profile) {
    Set<String> types = new HashSet<>();
    SynthesizedLab.of(profile)
        .json()
        .get("Resources")
        .forEach(resource -> types.add(resource.get("Type").asText()));
    assertFalse(types.contains("AWS::EC2::NatGateway"));
    assertFalse(types.contains("AWS::Lambda::Function"));
    assertEquals(2, SynthesizedLab.of(profile).resources("AWS::EC2::Subnet").size());
  }

  @ParameterizedTest
  @EnumSource
  void publicAddressesAreGivenWhereDownloadsNeedThem(Profile profile) {
    for (JsonNode subnet : properties(SynthesizedLab.of(profile), "AWS::EC2::Subnet")) {
      assertEquals(profile != Profile.LOCAL, subnet.get("MapPublicIpOnLaunch").asBoolean());
      assertTrue(
          subnet
              .get("CidrBlock")
              .asText()
              .startsWith(profile == Profile.LOCAL ? "127.1." : "10.0."));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AWS", "LOCAL"})
  void targetsMaySayHowTheyStartedAndTheBalancerThreeThingsMore(Profile profile) {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    for (JsonNode role : properties(lab, "AWS::IAM::Role")) {
      assertEquals(1, role.get("ManagedPolicyArns").size());
      // Not AmazonSSMManagedInstanceCore, with which an instance may read every parameter there is.
      assertTrue(
          role.get("ManagedPolicyArns")
              .toString()
              .contains("policy/AmazonSSMManagedEC2InstanceDefaultPolicy\""));
      assertFalse(role.has("Policies"));
    }
    List<JsonNode> policies = properties(lab, "AWS::IAM::Policy");
    assertEquals(2, policies.size());
    for (JsonNode policy : policies) {
      JsonNode all = policy.at("/PolicyDocument/Statement");
      JsonNode last = all.get(all.size() - 1);
      assertEquals("cloudformation:SignalResource", last.get("Action").asText());
      assertEquals("AWS::StackId", last.at("/Resource/Ref").asText());
      boolean isBalancer = policy.at("/Roles/0/Ref").asText().startsWith("Balancer");
      assertEquals(isBalancer ? 4 : 1, all.size());
    }
    JsonNode statements = policyOfTheBalancer(lab);
    assertEquals("s3:GetObject", statements.at("/0/Action").asText());
    assertTrue(statements.at("/0/Resource").toString().matches(".*/[0-9a-f]{64}\\.jar\".*"));
    assertEquals("cloudwatch:PutMetricData", statements.at("/1/Action").asText());
    assertEquals(
        "Leadline", statements.at("/1/Condition/StringEquals/cloudwatch:namespace").asText());
    // for the policy `cloudwatch`, which can be set at any time
    assertEquals("cloudwatch:GetMetricData", statements.at("/2/Action").asText());
    assertEquals("*", statements.at("/2/Resource").asText());
  }

  private static JsonNode policyOfTheBalancer(SynthesizedLab lab) {
    return properties(lab, "AWS::IAM::Policy").stream()
        .filter(policy -> policy.at("/Roles/0/Ref").asText().startsWith("Balancer"))
        .findFirst()
        .orElseThrow()
        .at("/PolicyDocument/Statement");
  }

  private static Map<String, Object> withPolicy(String policy) {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put(
        "topology",
        """
        {"clusters": [{"name": "a", "path": "/a", "instanceType": "t3.micro", "count": 1}],
         "balancer": {"instanceType": "t3.small", "policy": %s}}"""
            .formatted(policy));
    return context;
  }

  /**
   * A script that changes makes a new instance, and one that is started again does not run its
   * script: the policy is a tag, which an update changes while the instance runs.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"\"cloudwatch\"", "{\"name\": \"fastest\", \"probeInterval\": \"250ms\"}"})
  void anotherPolicyChangesATagAndNothingElse(String policy) {
    JsonNode before = SynthesizedLab.with(withPolicy("\"leadline\"")).json().deepCopy();
    JsonNode after = SynthesizedLab.with(withPolicy(policy)).json().deepCopy();
    assertEquals("leadline", takePolicyTag(before));
    assertEquals(policy.replaceAll("^\"|\"$|(?<=[:,]) ", ""), takePolicyTag(after));
    assertEquals(before.get("Resources"), after.get("Resources"));
  }

  private static String takePolicyTag(JsonNode template) {
    for (JsonNode resource : template.get("Resources")) {
      JsonNode tags = resource.at("/Properties/Tags");
      for (int i = 0; i < tags.size(); i++) {
        if (tags.get(i).path("Key").asText().equals("leadline:policy")) {
          assertEquals(
              "enabled", resource.at("/Properties/MetadataOptions/InstanceMetadataTags").asText());
          return ((ArrayNode) tags).remove(i).get("Value").asText();
        }
      }
    }
    throw new AssertionError("no instance has the tag");
  }

  @Test
  void aPolicyThatNoTagCanHoldIsRefused() {
    String policy = "{\"name\": \"cloudwatch\", \"metric\": \"%s\"}".formatted("m".repeat(250));
    assertTrue(
        String.valueOf(
                assertThrows(
                        ConfigurationException.class, () -> SynthesizedLab.with(withPolicy(policy)))
                    .getMessage())
            .startsWith("topology.balancer.policy has "));
  }

  @Test
  void theAcademysLabCreatesNothingOfIamAndNeedsNoBootstrap() {
    SynthesizedLab lab = SynthesizedLab.of(Profile.ACADEMY);
    lab.json()
        .get("Resources")
        .forEach(resource -> assertFalse(resource.get("Type").asText().startsWith("AWS::IAM::")));
    assertFalse(lab.json().toString().contains("BootstrapVersion"));
    for (JsonNode instance : properties(lab, INSTANCE)) {
      assertTrue(instance.get("IamInstanceProfile").toString().contains("LabInstanceProfile"));
    }
    assertTrue(lab.resources(INSTANCE).size() <= 9);
  }

  @Test
  void theAcademysJarComesFromABucketOfOnesOwn() {
    Map<String, Object> context = SynthesizedLab.context(Profile.ACADEMY);
    context.put("assetBucket", "my-bucket");
    assertTrue(
        SynthesizedLab.with(context)
            .script("leadline-balancer")
            .contains("JAR_BUCKET='my-bucket'"));
    assertTrue(
        SynthesizedLab.of(Profile.ACADEMY)
            .script("leadline-balancer")
            .contains("JAR_BUCKET='leadline-assets-123456789012-ap-southeast-1'"));
  }
}
