/** How JSON files are read and written. */
@NullMarked
package dev.leadline.bench.json;

import org.jspecify.annotations.NullMarked;
