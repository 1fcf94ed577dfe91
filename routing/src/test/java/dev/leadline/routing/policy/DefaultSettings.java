package dev.leadline.routing.policy;

import java.time.Duration;
import java.util.regex.Pattern;

/** What holds where configuration says nothing. */
public record DefaultSettings() implements PolicySettings {
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
    return absent;
  }
}
