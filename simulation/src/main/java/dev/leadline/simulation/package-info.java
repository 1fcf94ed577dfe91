/** The proving ground: the production policies in virtual time, against queueing servers. */
@NullMarked
package dev.leadline.simulation;

import org.jspecify.annotations.NullMarked;
