/** Spans of requests, sent to a collector of OpenTelemetry. */
@NullMarked
package dev.leadline.balancer.tracing;

import org.jspecify.annotations.NullMarked;
