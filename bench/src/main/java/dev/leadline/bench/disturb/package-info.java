/** Faults on purpose: what is done to which target when, and how a machine is made to do it. */
@NullMarked
package dev.leadline.bench.disturb;

import org.jspecify.annotations.NullMarked;
