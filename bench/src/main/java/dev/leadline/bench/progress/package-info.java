/** Shows the person who waits how far a run has come. */
@NullMarked
package dev.leadline.bench.progress;

import org.jspecify.annotations.NullMarked;
