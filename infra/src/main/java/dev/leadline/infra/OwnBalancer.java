package dev.leadline.infra;

import java.util.Map;

/** Our own balancer as the rest of the lab sees it: on one instance, or on a group of them. */
interface OwnBalancer {
  /** Where clients reach it, without a path. */
  String url();

  /** What else the stack says of it, by the name of the output (docs/lab.md). */
  Map<String, String> outputs();

  /** Its figures. */
  BalancerMetrics metrics();

  /** Those of what it runs on. */
  InstanceMetrics host();
}
