/** What is run in which order. Pure: no clock, no I/O; randomness comes from a seed. */
@NullMarked
package dev.leadline.bench.plan;

import org.jspecify.annotations.NullMarked;
