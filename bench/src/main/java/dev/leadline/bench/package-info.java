/**
 * Command line of the benchmark: {@code run} measures, {@code report} renders earlier raw files
 * again.
 */
@NullMarked
package dev.leadline.bench;

import org.jspecify.annotations.NullMarked;
