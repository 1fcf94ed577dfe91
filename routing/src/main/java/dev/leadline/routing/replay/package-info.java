/** What happened to a router, written down, and the same again. */
@NullMarked
package dev.leadline.routing.replay;

import org.jspecify.annotations.NullMarked;
