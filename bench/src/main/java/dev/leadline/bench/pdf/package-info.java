/** Makes {@code report.pdf} with the programs of this machine. */
@NullMarked
package dev.leadline.bench.pdf;

import org.jspecify.annotations.NullMarked;
