/** What a table of a report says, apart from how a terminal, a page or LaTeX shows it. */
@NullMarked
package dev.leadline.bench.report.table;

import org.jspecify.annotations.NullMarked;
