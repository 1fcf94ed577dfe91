/** What is measured: the lab file, or servers named on the command line. */
@NullMarked
package dev.leadline.bench.lab;

import org.jspecify.annotations.NullMarked;
