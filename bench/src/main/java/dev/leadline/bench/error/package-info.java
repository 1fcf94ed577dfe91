/** What stops the program: a message the user can act on, and an exit code. */
@NullMarked
package dev.leadline.bench.error;

import org.jspecify.annotations.NullMarked;
