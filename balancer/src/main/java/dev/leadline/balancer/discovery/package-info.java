/** Where the targets of groups are found while the balancer runs: files, DNS and AWS. */
@NullMarked
package dev.leadline.balancer.discovery;

import org.jspecify.annotations.NullMarked;
