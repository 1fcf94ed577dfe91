package dev.leadline.bench.record;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One disturbance of one target in one round of a cell, as it was: an entry of {@code
 * disturbances.json}.
 *
 * @param target instance id
 * @param number of the target in its lab
 * @param what was done, in words: {@code slow by 8x}, {@code freeze}
 * @param fromMillis planned beginning, from the start of the burst
 * @param untilMillis planned end
 * @param began by the target's clock; null if it did not begin
 * @param ended when the target was brought back, by its clock; null if it was not
 * @param problem why it did not go as planned, in a few words; null if it did
 */
public record DisturbanceRecord(
    int round,
    String path,
    String balancer,
    String target,
    int number,
    String what,
    long fromMillis,
    long untilMillis,
    @Nullable Instant began,
    @Nullable Instant ended,
    @Nullable String problem) {}
