package dev.leadline.infra;

/**
 * How a balancer is spoken to.
 *
 * @param scheme {@code http} or {@code https}
 */
record Listener(String scheme, int port) {
  /** A balancer with a certificate listens on HTTPS's own port, one without on its profile's. */
  static Listener of(Profile profile, boolean hasCertificate) {
    return hasCertificate
        ? new Listener("https", 443)
        : new Listener("http", profile.listenerPort());
  }

  /** The address of the balancer on that host, without a path. */
  String url(String host) {
    return "%s://%s:%d".formatted(scheme, host, port);
  }
}
