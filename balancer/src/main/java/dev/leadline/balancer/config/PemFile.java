package dev.leadline.balancer.config;

import java.nio.file.Path;

/**
 * A PEM file as it was when the configuration was read: one that has changed since makes another
 * configuration.
 *
 * @param content its text; a private key is a secret
 */
public record PemFile(Path path, String content) {

  @Override
  public String toString() {
    return path.toString(); // Without the content, which may be a secret.
  }
}
