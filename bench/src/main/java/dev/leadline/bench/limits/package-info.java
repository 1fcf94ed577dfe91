/** Limits that decide the exit code: of one run, and of a change. */
@NullMarked
package dev.leadline.bench.limits;

import org.jspecify.annotations.NullMarked;
