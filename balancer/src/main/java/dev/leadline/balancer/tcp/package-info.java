/** The listener that passes connections on as they are. */
@NullMarked
package dev.leadline.balancer.tcp;

import org.jspecify.annotations.NullMarked;
