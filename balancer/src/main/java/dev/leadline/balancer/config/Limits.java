package dev.leadline.balancer.config;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.leadline.routing.option.ScalarType;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * What all clients together may take of the balancer.
 *
 * @param headers most headers of a request or an answer
 * @param headMemoryBytes bytes of request heads that have not come completely, all together
 * @param connections most connections of clients
 * @param requests most requests in flight
 * @param clientShare the part of the connections and of the requests that one client's address may
 *     have, up to 1
 */
public record Limits(
    int headers, long headMemoryBytes, int connections, int requests, double clientShare) {

  // A request whose body goes no further holds some 35 KB of the heap and 22 KB outside of it
  // (StreamsMemoryTest), and up to 80 KB of the heap with the largest head. In 256 MB one client's
  // share still has room for a thousand requests at once.
  private static final int REQUEST_HEAP_BYTES = 96 * 1024;
  private static final int REQUEST_DIRECT_BYTES = 64 * 1024;

  /** A connection that waits for its next request holds some 8 KB: all of them a quarter. */
  private static final int CONNECTION_BYTES = 32 * 1024;

  /** Descriptors for listeners, files, health checks and the Java runtime. */
  private static final int OWN_DESCRIPTORS = 64;

  private static final int MOST = 1_000_000;

  /** What a connection that is passed on may hold of both directions together. */
  private static final int PASSED_ON_DIRECT_BYTES = 2 * 64 * 1024;

  /**
   * How they are written.
   *
   * @param tcp whether connections are passed on as they are
   */
  static Limits form(Fields it, boolean tcp) {
    long memory = Runtime.getRuntime().maxMemory();
    return new Limits(
        it.integer(
            "headers",
            100,
            10,
            10_000,
            "Most headers of a request, or of a target's answer; beyond it the client gets a 431 or a"
                + " 502."),
        memory / 16,
        it.optional(
                "connections",
                Form.scalar(ScalarType.integer(1, MOST), 10_000),
                "one for each 32 KB of the heap, and at most half of the file descriptors; with"
                    + " `listener.protocol: tcp` at most one for each 128 KB of the direct memory",
                "Most connections of clients; further ones wait to be accepted.")
            .orElseGet(
                () ->
                    connections(
                        memory, descriptors(), tcp ? PlatformDependent.maxDirectMemory() : -1)),
        it.optional(
                "requests",
                Form.scalar(ScalarType.integer(1, MOST), 4_000),
                "one for each 96 KB of the heap, and at most one for each 64 KB of the direct memory",
                "Most requests in flight; beyond it the client gets a 503 with Retry-After.")
            .orElseGet(() -> requests(memory, PlatformDependent.maxDirectMemory())),
        it.number(
            "clientShare",
            0.5,
            0.001,
            1,
            "The part of the connections, and of the requests in flight, that one client address may"
                + " have; beyond it the client gets a 503 with Retry-After."));
  }

  /** The limits of one of so many event loops. */
  public Limits sharedBy(int loops) {
    return new Limits(
        headers,
        headMemoryBytes / loops,
        Math.max(1, connections / loops),
        Math.max(1, requests / loops),
        clientShare);
  }

  /** Most connections of one client's address; a share of 1 sets no limit of its own. */
  public int connectionsOfClient() {
    return ofClient(connections);
  }

  /** Most requests in flight of one client's address; a share of 1 sets no limit of its own. */
  public int requestsOfClient() {
    return ofClient(requests);
  }

  private int ofClient(int all) {
    return clientShare == 1 ? Integer.MAX_VALUE : (int) Math.max(1, all * clientShare);
  }

  static int requests(long heapBytes, long directBytes) {
    long requests = Math.min(heapBytes / REQUEST_HEAP_BYTES, directBytes / REQUEST_DIRECT_BYTES);
    return (int) Math.min(MOST, Math.max(1, requests));
  }

  /**
   * A connection of a client may need one more, to a target.
   *
   * @param directBytes memory for what connections hold that are passed on; negative: none are
   */
  static int connections(long memory, long descriptors, long directBytes) {
    long half = (descriptors - OWN_DESCRIPTORS) / 2;
    long passedOn = directBytes < 0 ? MOST : directBytes / PASSED_ON_DIRECT_BYTES;
    long most = Math.min(passedOn, Math.min(memory / CONNECTION_BYTES, half));
    return (int) Math.min(MOST, Math.max(1, most));
  }

  private static long descriptors() {
    return Optional.of(ManagementFactory.getOperatingSystemMXBean())
        .filter(UnixOperatingSystemMXBean.class::isInstance)
        .map(it -> ((UnixOperatingSystemMXBean) it).getMaxFileDescriptorCount())
        .orElse((long) MOST);
  }
}
