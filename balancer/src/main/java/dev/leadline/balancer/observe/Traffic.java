package dev.leadline.balancer.observe;

/**
 * What went over connections since the start.
 *
 * @param newConnections connections that clients opened, and that were opened to targets
 * @param bytes to and from clients, with heads; encrypted ones where they use TLS
 */
public record Traffic(long newConnections, long bytes) {

  /** Both together. */
  Traffic plus(Traffic other) {
    return new Traffic(newConnections + other.newConnections, bytes + other.bytes);
  }
}
