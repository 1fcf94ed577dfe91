/** LaTeX: escaping, and figures drawn with nothing but LaTeX's own picture environment. */
@NullMarked
package dev.leadline.bench.report.latex;

import org.jspecify.annotations.NullMarked;
