/** Targets, groups of them, and what is known of each at this moment. */
@NullMarked
package dev.leadline.routing.target;

import org.jspecify.annotations.NullMarked;
