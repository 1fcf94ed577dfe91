/** What CloudWatch counted of a run, read until the counts no longer change. */
@NullMarked
package dev.leadline.bench.cloudwatch;

import org.jspecify.annotations.NullMarked;
