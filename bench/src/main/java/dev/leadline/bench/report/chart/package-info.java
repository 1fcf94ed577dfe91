/** Charts as SVG, drawn here: a report needs no script and no network to show them. */
@NullMarked
package dev.leadline.bench.report.chart;

import org.jspecify.annotations.NullMarked;
