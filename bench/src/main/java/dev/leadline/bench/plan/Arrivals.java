package dev.leadline.bench.plan;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the requests of a rate are spread over time. */
public enum Arrivals {
  /** At equal distances. */
  CONSTANT,

  /** At random distances, as many users who do not know of each other send them. */
  POISSON;

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
