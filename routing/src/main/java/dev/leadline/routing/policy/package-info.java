/** Routing policies: how to choose among the targets that may be chosen. */
@NullMarked
package dev.leadline.routing.policy;

import org.jspecify.annotations.NullMarked;
