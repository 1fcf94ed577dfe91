package dev.leadline.bench.plan;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What an answer must be, beside being whole, to count as a success. */
public enum Expectation {
  /** Anything, also an error of the server. */
  ANY,

  /** A status from 200 to 299. */
  STATUS,

  /** Status 200, and JSON that names the instance as {@code instance_id}. */
  JSON;

  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
