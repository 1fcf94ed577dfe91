/** The situations that policies are put into. */
@NullMarked
package dev.leadline.simulation.scenario;

import org.jspecify.annotations.NullMarked;
