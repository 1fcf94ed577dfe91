/** Sets the policy of a balancer before the bursts that measure it. */
@NullMarked
package dev.leadline.bench.switching;

import org.jspecify.annotations.NullMarked;
