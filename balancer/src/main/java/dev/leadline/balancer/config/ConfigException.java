package dev.leadline.balancer.config;

/** The configuration cannot be used. The message is one sentence for the person who wrote it. */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
