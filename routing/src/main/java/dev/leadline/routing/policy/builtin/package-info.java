/** The policies to choose from, except the flagship's parts, and what they share. */
@NullMarked
package dev.leadline.routing.policy.builtin;

import org.jspecify.annotations.NullMarked;
