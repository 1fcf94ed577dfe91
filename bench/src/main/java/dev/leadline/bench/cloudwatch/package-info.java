/** What CloudWatch saw of a run, read until it has settled. */
@NullMarked
package dev.leadline.bench.cloudwatch;

import org.jspecify.annotations.NullMarked;
