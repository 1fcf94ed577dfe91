/** The course of a run: from a plan to the finished report. */
@NullMarked
package dev.leadline.bench.run;

import org.jspecify.annotations.NullMarked;
