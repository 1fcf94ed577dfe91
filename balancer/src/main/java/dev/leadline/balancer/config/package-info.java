/** The configuration file: what it may say, and errors that name file, line and key. */
@NullMarked
package dev.leadline.balancer.config;

import org.jspecify.annotations.NullMarked;
