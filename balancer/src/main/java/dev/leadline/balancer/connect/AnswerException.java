package dev.leadline.balancer.connect;

/** A target's answer that must not be read on. */
public final class AnswerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What is wrong with it. */
  public enum Problem {
    /** It begins with a record of TLS. */
    TLS,
    /** It does not begin as HTTP/1.1 does. */
    NOT_HTTP,
    /** Too many interim answers came before it. */
    TOO_MANY_INTERIM,
    /** It has no length, and its connection ended before TLS on it did. */
    CUT_OFF
  }

  private final Problem problem;

  AnswerException(Problem problem) {
    super(problem.name(), null, false, false);
    this.problem = problem;
  }

  /** What is wrong with it. */
  public Problem problem() {
    return problem;
  }
}
