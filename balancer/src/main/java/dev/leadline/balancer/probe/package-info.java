/** Requests of the balancer's own: health checks, probes and the warm-up. */
@NullMarked
package dev.leadline.balancer.probe;

import org.jspecify.annotations.NullMarked;
