package dev.leadline.balancer.connect;

/** A target was to speak HTTP/2 and does not. */
public final class NotHttp2Exception extends RuntimeException {

  private static final long serialVersionUID = 1;

  NotHttp2Exception() {
    super("the target does not speak HTTP/2", null, false, false);
  }
}
