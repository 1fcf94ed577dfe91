/** Shows how far a run is. */
@NullMarked
package dev.leadline.bench.progress;

import org.jspecify.annotations.NullMarked;
