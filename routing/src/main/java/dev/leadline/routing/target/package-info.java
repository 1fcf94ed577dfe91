/** Targets, target groups, and the current state of each target. */
@NullMarked
package dev.leadline.routing.target;

import org.jspecify.annotations.NullMarked;
