package dev.leadline.balancer.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the balancers of a group have in common and nobody else knows.
 *
 * @param file that it was read from; absent: a variable of the environment
 * @param text the secret itself, 16 to 256 visible ASCII characters
 */
public record PeerSecret(Optional<Path> file, String text) {

  @Override
  public String toString() {
    return "PeerSecret"; // Without the text.
  }
}
