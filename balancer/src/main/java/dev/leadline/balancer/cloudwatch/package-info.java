/** Metrics of the balancer out to Amazon CloudWatch, and those of targets in from there. */
@NullMarked
package dev.leadline.balancer.cloudwatch;

import org.jspecify.annotations.NullMarked;
