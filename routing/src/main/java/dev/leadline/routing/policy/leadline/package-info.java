/** The flagship policy, one class an ingredient. */
@NullMarked
package dev.leadline.routing.policy.leadline;

import org.jspecify.annotations.NullMarked;
