/** The rules of the listener: which requests go where. No I/O. */
@NullMarked
package dev.leadline.balancer.rules;

import org.jspecify.annotations.NullMarked;
