/** The raw files of a run: {@code samples.csv}, {@code run.json} and the directory they lie in. */
@NullMarked
package dev.leadline.bench.record;

import org.jspecify.annotations.NullMarked;
