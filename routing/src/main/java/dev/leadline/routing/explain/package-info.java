/** Why a request went where it went. */
@NullMarked
package dev.leadline.routing.explain;

import org.jspecify.annotations.NullMarked;
