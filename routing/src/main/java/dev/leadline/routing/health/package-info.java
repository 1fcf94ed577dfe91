/** The health of targets from health checks, and slow start. */
@NullMarked
package dev.leadline.routing.health;

import org.jspecify.annotations.NullMarked;
