/**
 * Routing: which target gets a request. No I/O, clock, random source or thread of its own: the
 * caller passes them in, so that a policy runs unchanged in a simulation.
 *
 * <p>Start at {@link dev.leadline.routing.GroupRouter}. Nothing here is thread-safe: one event loop
 * owns a router and everything in it.
 */
@NullMarked
package dev.leadline.routing;

import org.jspecify.annotations.NullMarked;
