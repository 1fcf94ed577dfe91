/**
 * Keeping failures from spreading: a budget for extra requests, concurrency limits, outlier
 * ejection, and when to hedge.
 */
@NullMarked
package dev.leadline.routing.resilience;

import org.jspecify.annotations.NullMarked;
