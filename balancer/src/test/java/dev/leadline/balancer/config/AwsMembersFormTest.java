package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.leadline.balancer.config.BalancerConfig.Membership;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AwsMembersFormTest {

  private static final String ARN =
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";

  private static BalancerConfig read(String targetsFrom, String more) {
    return ConfigReader.parse(
        "b.yaml",
        """
        listener: {port: 80}
        rules: [{paths: ["*"], forward: a}]
        targetGroups:
          - name: a
            targetsFrom: {%s}
        %s
        """
            .formatted(targetsFrom.replace("@ARN", ARN), more.replace("@ARN", ARN)));
  }

  private static Membership membership(AwsMembers members, boolean eachAddress) {
    return new Membership(Optional.empty(), Optional.of(members), eachAddress);
  }

  @Test
  void targetsOfATargetGroup() {
    BalancerConfig.Group group = read("targetGroup: '@ARN'", "").targetGroups().get(0);
    assertEquals(
        membership(
            new AwsMembers(Optional.of(ARN), Map.of(), Optional.empty(), Duration.ofSeconds(5)),
            false),
        group.membership());
    assertEquals(List.of(), group.targets().targets());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tags: {'leadline:lab': one, role: a b}, port: 80, refresh: 1m"
            + "| leadline:lab=one,role=a b| 60",
        "autoScalingGroup: web, port: 80| aws:autoscaling:groupName=web| 5"
      })
  void instancesWithTags(String from, String tags, int seconds) {
    AwsMembers members = read(from, "").targetGroups().get(0).membership().aws().orElseThrow();
    assertEquals(
        "instances with " + tags.replace(",", ", "), members.what(), "in the order of names");
    assertEquals(Optional.of(80), members.port());
    assertEquals(Duration.ofSeconds(seconds), members.refresh());
  }

  /** A peer's port is this balancer's own where none is written, also with a target group. */
  @ParameterizedTest
  @CsvSource({"targetGroup: '@ARN', 9902", "'tags: {a: b}, port: 7', 7", "tags: {a: b}, 9902"})
  void peersThatAwsKnows(String from, int port, @TempDir Path folder) throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "a-secret-of-a-group");
    Peers peers =
        read(
                "targetGroup: '@ARN'",
                "peers: {port: 9902, secretFile: '%s', membersFrom: {%s}}".formatted(secret, from))
            .peers()
            .orElseThrow();
    assertEquals(Optional.of(port), peers.membership().aws().orElseThrow().port());
    assertEquals(List.of(), peers.members());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "refresh: 5s| lacks the key 'targetGroup': it needs either 'targetGroup', 'tags' or"
            + " 'autoScalingGroup'",
        "tags: {a: b}, autoScalingGroup: x, port: 1| has both 'tags' and 'autoScalingGroup': it"
            + " needs either 'targetGroup', 'tags' or 'autoScalingGroup'",
        "tags: {a: b}| lacks the key 'port': it needs the port of the instances",
        "targetGroup: '@ARN', port: 1| has 'port' beside 'targetGroup', whose targets have ports:"
            + " remove 'port'",
        "targetGroup: web|.targetGroup is 'web'; allowed: the ARN of a target group of Elastic Load"
            + " Balancing, such as @ARN",
        "tags: {a: 'b*'}, port: 1|.tags.a is 'b*'; allowed: up to 256 letters, digits, spaces or"
            + " the characters _ . : / = + - @",
        "tags: {'a*': b}, port: 1|.tags.a* is a tag whose name is not allowed; allowed: 1 to 128"
            + " letters, digits, spaces or the characters _ . : / = + - @",
        "tags: {}, port: 1|.tags has 0 entries; allowed: 1 to 10",
      })
  void aMistakeIsNamedWithItsPlace(String from, String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> read(from, ""));
    String space = message.startsWith(".") ? "" : " ";
    assertEquals(
        "b.yaml, line 5: targetGroups[0].targetsFrom" + space + message.replace("@ARN", ARN),
        e.getMessage());
  }
}
