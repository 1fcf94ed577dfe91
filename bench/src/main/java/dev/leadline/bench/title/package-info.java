/** Whose report it is: the content of {@code report.yaml}. */
@NullMarked
package dev.leadline.bench.title;

import org.jspecify.annotations.NullMarked;
