/** The data path: listener, rule, target, answer. */
@NullMarked
package dev.leadline.balancer.proxy;

import org.jspecify.annotations.NullMarked;
