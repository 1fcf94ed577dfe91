/** What a routing policy is: the interfaces it implements and what it may use. */
@NullMarked
package dev.leadline.routing.policy;

import org.jspecify.annotations.NullMarked;
