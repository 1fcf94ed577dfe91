package dev.leadline.bench.limits;

/**
 * One limit on one cell.
 *
 * @param limit as it was given
 * @param kept whether it was
 * @param found what was measured, and where
 */
public record Judgement(String limit, boolean kept, String found) {}
