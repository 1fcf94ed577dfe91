/** All policies and their list. The flagship has a package of its own. */
@NullMarked
package dev.leadline.routing.policy.builtin;

import org.jspecify.annotations.NullMarked;
