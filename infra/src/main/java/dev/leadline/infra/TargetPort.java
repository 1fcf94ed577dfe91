package dev.leadline.infra;

import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.elasticloadbalancingv2.targets.InstanceTarget;

/** A process on an instance, as load balancers know it. */
record TargetPort(Instance instance, int port) {
  /** For an ELB target group. */
  InstanceTarget ofElb() {
    return new InstanceTarget(instance, port);
  }
}
