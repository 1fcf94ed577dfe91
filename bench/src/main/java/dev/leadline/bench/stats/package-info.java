/** From samples to figures per burst and cell. Pure. */
@NullMarked
package dev.leadline.bench.stats;

import org.jspecify.annotations.NullMarked;
