package dev.leadline.balancer.config;

import dev.leadline.routing.option.ScalarType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** How members that AWS knows are written. */
final class AwsMembersForm {

  private static final int MOST_TAGS = 10;

  /** Those that AWS allows for every service; none is a wildcard of a filter. */
  private static final String CHARACTERS = "[A-Za-z0-9 _.:/=+@-]";

  private static final Pattern TAG = Pattern.compile(CHARACTERS + "{1,128}");

  private static final ScalarType<String> ARN =
      ScalarType.text(
          Pattern.compile(
              "arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:targetgroup/[A-Za-z0-9-]{1,32}/[A-Za-z0-9]{1,32}"),
          "the ARN of a target group of Elastic Load Balancing, such as"
              + " arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef");

  private AwsMembersForm() {}

  /**
   * The form of them.
   *
   * @param usualPort of every member; absent: it has to be written where a target group does not
   *     say it
   */
  static Form<AwsMembers> form(Optional<Integer> usualPort) {
    return Form.mapping(fields -> members(fields, usualPort))
        .check((node, members) -> check(node, usualPort));
  }

  private static AwsMembers members(Fields it, Optional<Integer> usualPort) {
    Optional<String> targetGroup =
        it.optional(
            "targetGroup",
            Form.scalar(
                ARN,
                "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"),
            "none",
            "The targets of this target group of Elastic Load Balancing, without those that are"
                + " draining.");
    Optional<Map<String, String>> tags =
        it.optional(
            "tags",
            Form.scalar(
                    ScalarType.text(
                        Pattern.compile(CHARACTERS + "{0,256}"),
                        "up to 256 letters, digits, spaces or the characters _ . : / = + - @"),
                    "web")
                .named("at least one tag with its value", 1, MOST_TAGS),
            "none",
            "Or: the running instances that have all of these tags, " + MOST_TAGS + " at most.");
    Optional<String> autoScalingGroup =
        it.optional(
            "autoScalingGroup",
            Form.scalar(
                ScalarType.text(
                    Pattern.compile(CHARACTERS + "{1,255}"), "the name of an Auto Scaling group"),
                "web"),
            "none",
            "Or: the running instances of this Auto Scaling group.");
    Optional<Integer> port =
        it.optional(
            "port",
            Form.scalar(ScalarType.integer(1, 65_535), 8000),
            usualPort.isPresent() ? "`peers.port`" : "none",
            "The port of every instance, with `tags` or `autoScalingGroup`. A target group has the"
                + " ports of its targets.");
    Duration refresh =
        it.duration(
            "refresh",
            "5s",
            "1s",
            "5m",
            "Time between two looks. It grows to a minute while AWS does not answer or asks for"
                + " fewer.");
    return new AwsMembers(
        targetGroup,
        tags.or(() -> autoScalingGroup.map(name -> Map.of(AwsMembers.AUTO_SCALING_GROUP, name)))
            .orElse(Map.of()),
        port.or(() -> usualPort),
        refresh);
  }

  private static void check(YamlNode node, Optional<Integer> usualPort) {
    node.exactlyOne(
        List.of("targetGroup", "tags", "autoScalingGroup"),
        "'targetGroup', 'tags' or 'autoScalingGroup'");
    Map<String, YamlNode> values = node.entries("a mapping");
    Set<String> keys = values.keySet();
    if (keys.contains("targetGroup") && keys.contains("port") && usualPort.isEmpty()) {
      throw node.error("has 'port' beside 'targetGroup', whose targets have ports: remove 'port'");
    }
    if (!keys.contains("targetGroup") && !keys.contains("port") && usualPort.isEmpty()) {
      throw node.error("lacks the key 'port': it needs the port of the instances");
    }
    YamlNode tags = values.get("tags");
    if (tags != null) {
      tags.entries("a mapping")
          .forEach(
              (name, value) -> {
                if (!TAG.matcher(name).matches()) {
                  throw value.error(
                      "is a tag whose name is not allowed; allowed: 1 to 128 letters, digits,"
                          + " spaces or the characters _ . : / = + - @");
                }
              });
    }
  }
}
