/** Sends bursts of simultaneous requests and times each of them. */
@NullMarked
package dev.leadline.bench.load;

import org.jspecify.annotations.NullMarked;
