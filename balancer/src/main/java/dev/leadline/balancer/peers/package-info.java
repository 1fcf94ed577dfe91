/** How the balancers of a group tell each other what they have in flight: decision 59. */
@NullMarked
package dev.leadline.balancer.peers;

import org.jspecify.annotations.NullMarked;
