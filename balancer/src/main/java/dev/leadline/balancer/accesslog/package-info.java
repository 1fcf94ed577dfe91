/** The access log: a line for every request. */
@NullMarked
package dev.leadline.balancer.accesslog;

import org.jspecify.annotations.NullMarked;
