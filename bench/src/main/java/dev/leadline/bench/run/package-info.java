/** Runs a plan burst by burst. */
@NullMarked
package dev.leadline.bench.run;

import org.jspecify.annotations.NullMarked;
