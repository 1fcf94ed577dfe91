package dev.leadline.routing.policy;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What holds where configuration says nothing, but for some texts.
 *
 * @param texts what configuration says, by key
 */
public record DefaultSettings(Map<String, String> texts) implements PolicySettings {

  /** Where it says nothing at all. */
  public DefaultSettings() {
    this(Map.of());
  }

  @Override
  public Duration duration(String key, Duration absent, Duration min, Duration max) {
    return absent;
  }

  @Override
  public double number(String key, double absent, double min, double max) {
    return absent;
  }

  @Override
  public boolean flag(String key, boolean absent) {
    return absent;
  }

  @Override
  public int integer(String key, int absent, int min, int max) {
    return absent;
  }

  @Override
  public String text(String key, String absent, Pattern allowed, String description) {
    String text = texts.getOrDefault(key, absent);
    if (!allowed.matcher(text).matches()) {
      throw new IllegalArgumentException(text);
    }
    return text;
  }
}
