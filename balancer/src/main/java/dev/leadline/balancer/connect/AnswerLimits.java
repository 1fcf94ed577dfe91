package dev.leadline.balancer.connect;

/** Limits of the heads of answers, in whichever version of HTTP. */
final class AnswerLimits {

  /** Bytes of an answer's head, as an Application Load Balancer has it. */
  static final int HEAD_BYTES = 32 * 1024;

  /** Interim answers to one request. */
  static final int INTERIM_ANSWERS = 100;

  private AnswerLimits() {}
}
