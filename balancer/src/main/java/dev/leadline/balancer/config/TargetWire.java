package dev.leadline.balancer.config;

import java.util.Optional;

/**
 * How the targets of a group are spoken to.
 *
 * @param tls absent: without TLS
 */
public record TargetWire(Optional<TargetTls> tls) {

  /** HTTP/1.1 without TLS. */
  public static final TargetWire PLAIN = new TargetWire(Optional.empty());
}
