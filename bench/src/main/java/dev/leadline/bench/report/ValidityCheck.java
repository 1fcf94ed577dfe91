package dev.leadline.bench.report;

/**
 * One reason to trust the figures, or not to.
 *
 * @param question what is checked, in a few words
 * @param answer what was found, in a sentence
 * @param holds whether it is as it should be
 */
public record ValidityCheck(String question, String answer, boolean holds) {}
