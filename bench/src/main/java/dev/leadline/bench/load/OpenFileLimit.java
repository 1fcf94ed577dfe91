package dev.leadline.bench.load;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.leadline.bench.error.BenchException;
import java.lang.management.ManagementFactory;

/** The limit of open files: every connection of a burst is one. */
public final class OpenFileLimit {
  /** The JVM's own files, selectors and the results. */
  private static final int OTHERS = 200;

  private OpenFileLimit() {}

  /** The limit of this process, or {@link Long#MAX_VALUE} where the system has none. */
  public static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /** Connections this process may have. */
  public static long room() {
    return limit() - OTHERS;
  }

  /**
   * Checks that a burst can have its connections.
   *
   * @throws BenchException when this process may not open so many
   */
  public static void checkRoomFor(int connections, long limit) {
    long needed = (long) connections + OTHERS;
    if (limit < needed) {
      throw BenchException.failed(
          ("%,d connections at once need about %,d open files, but this process may open only %,d:"
                  + " raise the limit with `ulimit -n %d`, or lower -n or -c")
              .formatted(connections, needed, limit, needed));
    }
  }
}
