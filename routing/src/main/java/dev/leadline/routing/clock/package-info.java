/** Time: the clock that the balancer or the simulation passes in. */
@NullMarked
package dev.leadline.routing.clock;

import org.jspecify.annotations.NullMarked;
