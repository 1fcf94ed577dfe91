package dev.leadline.balancer.connect;

import java.net.UnknownHostException;

/** A host name has no address. The message says why, for people. */
public final class UnresolvedException extends UnknownHostException {

  private static final long serialVersionUID = 1;

  UnresolvedException(String message) {
    super(message);
  }

  /** Without a stack trace: every request to such a target makes one. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
