package dev.leadline.balancer.connect;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why a TLS handshake with a target failed.
 *
 * @param text the same in words, for people
 */
public record HandshakeFailure(Problem problem, String text) {

  /** What kind of failure. */
  public enum Problem {
    /** It was not over in time. */
    LATE,
    /** The target's certificate is not trusted, or it has another name. */
    NOT_TRUSTED,
    /** Anything else: the target speaks no TLS, no common version, or it refused. */
    FAILED
  }

  /** The one that prevented a connection; null if something else did. */
  public static @Nullable HandshakeFailure in(Throwable cause) {
    boolean ofTls = false;
    Throwable last = cause;
    for (Throwable it = cause; it != null; it = it.getCause()) {
      if (it instanceof SslHandshakeTimeoutException) {
        return new HandshakeFailure(Problem.LATE, "the TLS handshake was not over in time");
      }
      if (it instanceof CertificateException) {
        return new HandshakeFailure(
            Problem.NOT_TRUSTED, "its certificate is not trusted: " + rootOf(it).getMessage());
      }
      ofTls |= it instanceof SSLException;
      last = it;
    }
    return ofTls
        ? new HandshakeFailure(Problem.FAILED, "the TLS handshake failed: " + last.getMessage())
        : null;
  }

  private static Throwable rootOf(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
