/** The last routing decisions, for people who ask why. */
@NullMarked
package dev.leadline.routing.explain;

import org.jspecify.annotations.NullMarked;
