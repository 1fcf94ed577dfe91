package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.EndReason;

/** The decoder's way to say why a request cannot be passed on. */
final class Refused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final EndReason reason;

  Refused(EndReason reason) {
    super(reason.text(), null, false, false); // Clients cause these: no stack trace.
    this.reason = reason;
  }

  EndReason reason() {
    return reason;
  }
}
