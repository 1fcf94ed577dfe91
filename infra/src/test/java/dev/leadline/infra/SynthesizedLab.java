package dev.leadline.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import software.amazon.awscdk.App;
import software.amazon.awscdk.assertions.Annotations;
import software.amazon.awscdk.assertions.Match;
import software.amazon.awscdk.assertions.Template;

/** A lab's template as the app makes it from a context, and its parts. */
final class SynthesizedLab {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<Profile, SynthesizedLab> PLAIN = new ConcurrentHashMap<>();

  /** As long as that of a secret of the stack becomes. */
  static final String SECRET =
      "arn:aws-us-gov:secretsmanager:us-gov-east-1:123456789012:secret:BalancerSecret0123ABCD-0123456789ab-Ab12Cd";

  /** As long as that of a target group of the stack becomes. */
  static final String TARGET_GROUP =
      "arn:aws-us-gov:elasticloadbalancing:us-gov-east-1:123456789012:targetgroup/Leadl-Albcl-0123456789AB/0123456789abcdef";

  private final LeadlineStack stack;
  private final Template template;
  private final JsonNode json;
  private final boolean warned;

  private SynthesizedLab(LeadlineStack stack) {
    this.stack = stack;
    template = Template.fromStack(stack);
    json = JSON.valueToTree(template.toJSON());
    warned =
        !Annotations.fromStack(stack)
            .findInfo("*", Match.stringLikeRegexp(".*Nothing outside.*"))
            .isEmpty();
  }

  /**
   * The project's own topology in that profile (one instance less where nine is the limit); made
   * once.
   */
  static SynthesizedLab of(Profile profile) {
    return PLAIN.computeIfAbsent(profile, name -> with(context(name)));
  }

  /** The lab of any context. */
  static SynthesizedLab with(Map<String, Object> context) {
    return new SynthesizedLab(LeadlineApp.addTo(app(context), balancerJar(), balancerJar()));
  }

  /** An app with that context and nothing in it. */
  static App app(Map<String, Object> context) {
    return App.Builder.create().analyticsReporting(false).context(context).build();
  }

  /** cdk.json's own topology, as JSON without spaces. */
  static String topology() {
    return JSON.valueToTree(context(Profile.AWS).get("topology")).toString();
  }

  /** cdk.json's own context with another profile; mutable. */
  static Map<String, Object> context(Profile profile) {
    try {
      Map<String, Object> context = new HashMap<>();
      JsonNode declared = JSON.readTree(Path.of("..", "cdk.json").toFile()).get("context");
      declared
          .properties()
          .forEach(
              entry ->
                  context.put(entry.getKey(), JSON.convertValue(entry.getValue(), Object.class)));
      context.put("profile", profile.id());
      if (profile == Profile.ACADEMY) {
        context.put("topology", declared.get("topology").toString().replace("5", "4"));
      }
      return context;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  LeadlineStack stack() {
    return stack;
  }

  Template template() {
    return template;
  }

  JsonNode json() {
    return json;
  }

  /** Whether synthesis printed that no outside address can reach the lab. */
  boolean warnedThatItIsClosed() {
    return warned;
  }

  /** Resources of a type by logical id. */
  Map<String, JsonNode> resources(String type) {
    Map<String, JsonNode> found = new LinkedHashMap<>();
    json.get("Resources")
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().get("Type").asText().equals(type)) {
                found.put(entry.getKey(), entry.getValue());
              }
            });
    return found;
  }

  /**
   * The instances' scripts by Name tag, with what CloudFormation fills in replaced by texts of the
   * greatest length.
   */
  Map<String, String> scripts() {
    Map<String, String> scripts = new TreeMap<>();
    for (JsonNode instance : resources("AWS::EC2::Instance").values()) {
      JsonNode properties = instance.get("Properties");
      scripts.put(tags(properties).get("Name"), resolve(properties.get("UserData")));
    }
    for (JsonNode group : resources("AWS::AutoScaling::AutoScalingGroup").values()) {
      scripts.put(
          tags(group.get("Properties")).get("Name"),
          resolve(launchTemplate(group).get("UserData")));
    }
    return scripts;
  }

  /** What an Auto Scaling group launches. */
  JsonNode launchTemplate(JsonNode group) {
    String id = group.at("/Properties/LaunchTemplate/LaunchTemplateId/Ref").asText();
    return json.at("/Resources/" + id + "/Properties/LaunchTemplateData");
  }

  /** A script with what it holds compressed as it comes out. */
  static String unpacked(String script) {
    return Pattern.compile("(?<=\\| gunzip [^\n]{1,40}\n)[^_]*(?=END_OF_FILE\n)")
        .matcher(script)
        .replaceAll(found -> Matcher.quoteReplacement(gunzip(found.group())));
  }

  private static String gunzip(String base64) {
    byte[] packed = Base64.getMimeDecoder().decode(base64);
    try (GZIPInputStream content = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The logical id of the instance with that name, in the template. */
  String logicalId(String name) {
    return resources("AWS::EC2::Instance").entrySet().stream()
        .filter(it -> tag(it.getValue().get("Properties"), "Name").equals(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /** The script of the instance with that name. */
  String script(String name) {
    return Objects.requireNonNull(scripts().get(name), name);
  }

  /** The instance with that logical id. */
  JsonNode instance(String id) {
    return json.at("/Resources/" + id + "/Properties");
  }

  /** A tag's value, or none as an empty text. */
  static String tag(JsonNode properties, String key) {
    return tags(properties).getOrDefault(key, "");
  }

  /** The tags among a resource's properties. */
  static Map<String, String> tags(JsonNode properties) {
    Map<String, String> tags = new TreeMap<>();
    properties
        .get("Tags")
        .forEach(tag -> tags.put(tag.get("Key").asText(), tag.get("Value").asText()));
    return tags;
  }

  private static String resolve(JsonNode value) {
    if (value.isTextual()) {
      return value.asText();
    }
    Map.Entry<String, JsonNode> function = value.properties().iterator().next();
    JsonNode argument = function.getValue();
    return switch (function.getKey()) {
      case "Ref" ->
          switch (argument.asText()) {
            case "AWS::Region" -> "ap-southeast-1";
            case "AWS::StackName" -> "Leadline";
            default ->
                argument.asText().startsWith("BalancerSecret")
                    ? SECRET
                    : argument.asText().matches("(Alb|Nlb).*")
                        ? TARGET_GROUP
                        : "i-0123456789abcdef0";
          };
      case "Fn::GetAtt" -> "255.255.255.255";
      case "Fn::Sub" ->
          argument
              .asText()
              .replace("${AWS::AccountId}", "123456789012")
              .replace("${AWS::Region}", "ap-southeast-1");
      case "Fn::Base64" -> resolve(argument);
      case "Fn::Join" -> {
        StringBuilder joined = new StringBuilder();
        for (JsonNode part : argument.get(1)) {
          joined.append(joined.isEmpty() ? "" : argument.get(0).asText()).append(resolve(part));
        }
        yield joined.toString();
      }
      default -> throw new IllegalArgumentException("not resolved here: " + function.getKey());
    };
  }

  /**
   * The balancer's real jar need not be built for these tests; this one's content never changes.
   */
  static Path balancerJar() {
    try {
      Path jar = Path.of("target", "test-balancer", "balancer.jar");
      Files.createDirectories(jar.getParent());
      return Files.writeString(jar, "stands for the balancer's jar\n");
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }
}
