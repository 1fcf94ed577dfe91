/** Metrics out to Amazon CloudWatch. */
@NullMarked
package dev.leadline.balancer.cloudwatch;

import org.jspecify.annotations.NullMarked;
