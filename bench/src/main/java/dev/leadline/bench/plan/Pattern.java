package dev.leadline.bench.plan;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the requests of one measurement follow each other. */
public enum Pattern {
  /** All at one moment. */
  BURST,

  /** At a given rate, whether or not earlier requests were answered: an open loop. */
  RATE,

  /** A number of users, each of which waits for its answer: a closed loop. */
  CLOSED,

  /** Steps of a rising rate until the server cannot follow. */
  RAMP,

  /** A rate for long, with figures for each interval. */
  SOAK;

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
