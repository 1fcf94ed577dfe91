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

  /**
   * Checks that a burst can have its connections.
   *
   * @throws BenchException when a burst of this size cannot have a connection for each request
   */
  public static void checkRoomFor(int requests, long limit) {
    long needed = (long) requests + OTHERS;
    if (limit < needed) {
      throw BenchException.failed(
          ("%,d requests at once need about %,d open files, but this process may open only %,d:"
                  + " raise the limit with `ulimit -n %d`, or lower --requests")
              .formatted(requests, needed, limit, needed));
    }
  }
}
