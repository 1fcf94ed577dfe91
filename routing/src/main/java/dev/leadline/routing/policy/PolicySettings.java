package dev.leadline.routing.policy;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * The settings of one policy, as the configuration has them. Every method names the key, what holds
 * if it is absent, and what is allowed; whoever implements this reports a bad value with its place
 * in the file.
 */
public interface PolicySettings {

  /** A time span, {@code min} to {@code max} inclusive. */
  Duration duration(String key, Duration absent, Duration min, Duration max);

  /** A number, {@code min} to {@code max} inclusive. */
  double number(String key, double absent, double min, double max);

  /** A yes or no. */
  boolean flag(String key, boolean absent);

  /** A whole number, {@code min} to {@code max} inclusive. */
  int integer(String key, int absent, int min, int max);

  /**
   * A text that {@code allowed} matches as a whole.
   *
   * @param description what is allowed, in words
   */
  String text(String key, String absent, Pattern allowed, String description);
}
