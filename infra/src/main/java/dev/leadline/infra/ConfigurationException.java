package dev.leadline.infra;

/** A setting is missing or wrong. The message is one sentence: key, value and what is allowed. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error whose message is shown to the user as it stands. */
  public ConfigurationException(String message) {
    super(message);
  }
}
