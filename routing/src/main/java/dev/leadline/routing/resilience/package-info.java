/** What keeps trouble from spreading: one budget for extra requests, limits, and hedges. */
@NullMarked
package dev.leadline.routing.resilience;

import org.jspecify.annotations.NullMarked;
