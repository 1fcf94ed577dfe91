/**
 * The routing core: which target gets this request, and why. No I/O, no clock, no random source, no
 * threads: all four come in from outside, so that a policy runs unchanged under a virtual clock.
 *
 * <p>Start at {@link dev.leadline.routing.GroupRouter}. Nothing here is thread-safe: one event loop
 * owns a router and all it holds.
 */
@NullMarked
package dev.leadline.routing;

import org.jspecify.annotations.NullMarked;
