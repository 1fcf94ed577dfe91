/** Connections to targets: what clients' requests, health checks and probes have in common. */
@NullMarked
package dev.leadline.balancer.connect;

import org.jspecify.annotations.NullMarked;
