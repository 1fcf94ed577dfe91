package dev.leadline.balancer;

import io.vertx.core.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how sockets are driven: io_uring costs a fifth less per request than epoll, epoll less
 * than NIO.
 */
final class Transports {

  private static final String MULTISHOT_POLL = "io.netty.iouring.pollAddMultishotEnabled";

  static {
    // Netty 4.2.17 loses a reset that closely follows data when it polls in multishot mode, and the
    // exchange hangs until it times out: 428 of 6,400 before targets that do so, none without it.
    // Netty issue 17049 is of this family. The property is read when Netty's classes are loaded.
    if (System.getProperty(MULTISHOT_POLL) == null) {
      System.setProperty(MULTISHOT_POLL, "false");
    }
  }

  private Transports() {}

  /**
   * The best transport this machine offers: containers often forbid io_uring, and not only they.
   */
  static Transport best() {
    List<@Nullable Transport> byMerit = new ArrayList<>();
    byMerit.add(Transport.IO_URING);
    byMerit.add(Transport.EPOLL);
    for (Transport transport : byMerit) {
      if (transport != null && transport.available()) {
        return bounded(transport);
      }
    }
    return bounded(Transport.NIO);
  }

  private static Transport bounded(Transport transport) {
    BoundedTransport implementation =
        new BoundedTransport(transport.implementation(), transport == Transport.IO_URING);
    return new Transport() {
      @Override
      public String name() {
        return transport.name();
      }

      @Override
      public boolean available() {
        return transport.available();
      }

      @Override
      public Throwable unavailabilityCause() {
        return transport.unavailabilityCause();
      }

      @Override
      public io.vertx.core.spi.transport.Transport implementation() {
        return implementation;
      }
    };
  }
}
