package dev.leadline.balancer.config;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Members of a group, or peers, that AWS knows: instances, or the targets of a target group of
 * Elastic Load Balancing.
 *
 * @param targetGroup ARN of the target group that has them; absent: tags say which they are
 * @param tags that all of the instances have; empty with a target group
 * @param port of every member; absent: the target group says it
 * @param refresh time between two looks
 */
public record AwsMembers(
    Optional<String> targetGroup,
    Map<String, String> tags,
    Optional<Integer> port,
    Duration refresh) {

  /** Most members; a longer list is not taken over. */
  public static final int MOST = 4_096;

  /** The tag by which Amazon EC2 Auto Scaling marks the instances of a group. */
  static final String AUTO_SCALING_GROUP = "aws:autoscaling:groupName";

  /** What is asked for, for messages. */
  public String what() {
    return targetGroup
        .map(arn -> "target group " + arn)
        .orElseGet(
            () ->
                new TreeMap<>(tags)
                    .entrySet().stream()
                        .map(it -> it.getKey() + "=" + it.getValue())
                        .collect(Collectors.joining(", ", "instances with ", "")));
  }
}
