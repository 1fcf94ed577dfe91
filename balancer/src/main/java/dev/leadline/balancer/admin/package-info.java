/** The HTTP interface for operators. */
@NullMarked
package dev.leadline.balancer.admin;

import org.jspecify.annotations.NullMarked;
