package dev.leadline.bench.report;

/**
 * One condition for trusting the figures.
 *
 * @param question what is checked, in a few words
 * @param answer what was found, in a sentence
 * @param holds whether the condition is met
 */
public record ValidityCheck(String question, String answer, boolean holds) {}
