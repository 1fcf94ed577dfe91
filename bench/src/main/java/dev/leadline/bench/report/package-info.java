/** One model of a run, rendered for terminal, browser, LaTeX and programs. */
@NullMarked
package dev.leadline.bench.report;

import org.jspecify.annotations.NullMarked;
