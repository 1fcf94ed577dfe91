package dev.leadline.balancer.connect;

/** Nothing of a request was sent, for a reason on this side of the connection. */
public final class UnsentException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A request that could not begin because of this. */
  public UnsentException(Throwable cause) {
    super(cause.getMessage(), cause, false, false);
  }
}
