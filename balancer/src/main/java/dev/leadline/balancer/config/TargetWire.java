package dev.leadline.balancer.config;

import java.util.Locale;
import java.util.Optional;

/**
 * How the targets of a group are spoken to.
 *
 * @param tls absent: without TLS
 * @param proxyHeader with which a connection begins; absent: with none
 */
public record TargetWire(
    Protocol protocol, Optional<TargetTls> tls, Optional<ProxyVersion> proxyHeader) {

  /** HTTP/1.1 without TLS. */
  public static final TargetWire PLAIN =
      new TargetWire(Protocol.HTTP1, Optional.empty(), Optional.empty());

  /** Version of the PROXY protocol. */
  public enum ProxyVersion {
    /** A line of text. */
    V1,
    /** Binary. */
    V2;

    static ProxyVersion of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is spoken to a target. */
  public enum Protocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2: chosen by ALPN with TLS, by prior knowledge without. */
    HTTP2,
    /** gRPC, which is HTTP/2 with the outcome of a call in its trailers. */
    GRPC;

    static Protocol of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
