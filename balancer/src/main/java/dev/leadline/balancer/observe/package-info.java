/** What is counted and shown: metrics, Prometheus text, status, log lines. */
@NullMarked
package dev.leadline.balancer.observe;

import org.jspecify.annotations.NullMarked;
