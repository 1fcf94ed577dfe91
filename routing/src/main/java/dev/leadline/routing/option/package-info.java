/** Options of a configuration: one descriptor each, from which it is read and documented. */
@NullMarked
package dev.leadline.routing.option;

import org.jspecify.annotations.NullMarked;
