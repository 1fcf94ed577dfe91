/** The sentences of a report in another language. */
@NullMarked
package dev.leadline.bench.report.language;

import org.jspecify.annotations.NullMarked;
