package dev.leadline.bench.plan;

import com.fasterxml.jackson.annotation.JsonValue;

/** Whether a burst counts. */
public enum Phase {
  /**
   * Kept in the raw files, left out of every figure: it fills caches and pools and compiles code.
   */
  WARM_UP("warm-up"),
  MEASURED("measured"),
  /** Kept in the raw files, left out of every figure: limits of the client spoiled it. */
  VOID("void"),
  /**
   * Kept in the raw files, left out of every figure: one request that shows whether targets idle.
   */
  PROBE("probe");

  private final String label;

  Phase(String label) {
    this.label = label;
  }

  @JsonValue
  public String label() {
    return label;
  }
}
