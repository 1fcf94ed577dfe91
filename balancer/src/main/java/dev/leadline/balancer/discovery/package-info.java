/** Where the targets of groups are found while the balancer runs: files and DNS. */
@NullMarked
package dev.leadline.balancer.discovery;

import org.jspecify.annotations.NullMarked;
