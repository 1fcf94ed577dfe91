package dev.leadline.bench.plan;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** When the bursts of a run begin. */
public enum Pace {
  /** Each as soon as the one before has ended. */
  NONE,
  /** Each measured burst in a clock minute of its own: CloudWatch's finest grain for a balancer. */
  MINUTE;

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
