package dev.leadline.balancer.config;

import dev.leadline.routing.policy.PolicySettings;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The settings of a policy as the file has them; none if the file gives its name only. */
final class YamlPolicySettings implements PolicySettings {

  private final YamlNode.@Nullable Mapping map;

  YamlPolicySettings(YamlNode.@Nullable Mapping map) {
    this.map = map;
  }

  @Override
  public Duration duration(String key, Duration absent, Duration min, Duration max) {
    return node(key).map(node -> node.duration(min, max)).orElse(absent);
  }

  @Override
  public double number(String key, double absent, double min, double max) {
    return node(key).map(node -> node.number(min, max)).orElse(absent);
  }

  @Override
  public boolean flag(String key, boolean absent) {
    return node(key).map(YamlNode::flag).orElse(absent);
  }

  @Override
  public int integer(String key, int absent, int min, int max) {
    return node(key).map(node -> node.integer(min, max)).orElse(absent);
  }

  @Override
  public String text(String key, String absent, Pattern allowed, String description) {
    return node(key).map(node -> node.text(allowed, description)).orElse(absent);
  }

  private Optional<YamlNode> node(String key) {
    return map == null ? Optional.empty() : map.optional(key);
  }
}
