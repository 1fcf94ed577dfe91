/** Verdicts on targets: healthy or not, from the outcomes of health checks. */
@NullMarked
package dev.leadline.routing.health;

import org.jspecify.annotations.NullMarked;
