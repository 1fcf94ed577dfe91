/** What makes one target look busier than another. */
@NullMarked
package dev.leadline.routing.load;

import org.jspecify.annotations.NullMarked;
