/** Virtual time: queueing servers, clients, and whoever decides between them. */
@NullMarked
package dev.leadline.simulation.engine;

import org.jspecify.annotations.NullMarked;
