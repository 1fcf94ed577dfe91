/** What the services of AWS have in common for this program. */
@NullMarked
package dev.leadline.bench.aws;

import org.jspecify.annotations.NullMarked;
