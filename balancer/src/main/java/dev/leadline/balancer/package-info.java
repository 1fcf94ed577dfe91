/** The Vert.x server around the routing core. Start at {@link dev.leadline.balancer.Main}. */
@NullMarked
package dev.leadline.balancer;

import org.jspecify.annotations.NullMarked;
