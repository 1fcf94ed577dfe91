package dev.leadline.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.netty.handler.codec.DecoderException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Reasons are counted and read by people: equal failures in equal words, and no class of Java. */
final class FailureReasonTest {
  private static String reason(Throwable failure) {
    return FailureReason.describe(failure, false, false);
  }

  @Test
  void aReasonNamesNoClass() {
    List<Throwable> failures =
        List.of(
            new NoRouteToHostException("No route to host: /10.0.0.9:80"),
            new BindException("Cannot assign requested address"),
            new SocketException("Too many open files"),
            new DecoderException("java.lang.IllegalArgumentException: invalid version format: SSH"),
            new SSLHandshakeException(
                "PKIX path building failed: sun.security.provider.certpath."
                    + "SunCertPathBuilderException: unable to find valid certification path"),
            new IllegalStateException("io.vertx.core.VertxException: Pool closed"),
            new IllegalStateException());
    for (Throwable failure : failures) {
      String reason = reason(failure);
      assertFalse(reason.matches("(?s).*(Exception|Error|\\bjava\\.|\\bsun\\.).*"), reason);
      assertFalse(reason.isBlank());
    }
    assertEquals("no route to the host", reason(failures.get(0)));
    assertEquals("not an answer of HTTP", reason(failures.get(3)));
    assertEquals("Pool closed", reason(failures.get(5)));
  }

  /** Ports of this machine differ from connection to connection: a reason with one is no kind. */
  @Test
  void failuresOfTwoConnectionsCountAsOne() {
    assertEquals(
        reason(new ConnectException("odd: localhost/127.0.0.1:40001")),
        reason(new ConnectException("odd: localhost/127.0.0.1:40002")));
  }
}
