package dev.leadline.infra;

import software.amazon.awscdk.services.ec2.Port;

/**
 * The ports that a balancer listens on, without a gap.
 *
 * @param last not below {@code first}
 */
record Ports(int first, int last) {
  static Ports only(int port) {
    return new Ports(port, port);
  }

  /** For the rule of a security group. */
  Port rule() {
    return first == last ? Port.tcp(first) : Port.tcpRange(first, last);
  }
}
