package dev.leadline.balancer.config;

/**
 * Memory for what is reported of requests that have ended, as parts of the heap.
 *
 * @param logBytes of lines of an access log that are not written yet; all former logs together may
 *     have as much again
 * @param spansWaiting requests whose spans are not sent yet
 * @param spansOfBatch requests whose spans are sent together
 */
public record ReportMemory(int logBytes, int spansWaiting, int spansOfBatch) {

  private static final int MAX_LOG_BYTES = 8 * 1024 * 1024;
  private static final int MAX_SPANS_WAITING = 4096;
  private static final int SPANS_BYTES = 3 * 1024;

  /** That of this process. */
  public static ReportMemory ofHeap() {
    return of(Runtime.getRuntime().maxMemory());
  }

  static ReportMemory of(long heapBytes) {
    long spans = Math.max(8, heapBytes / 64 / SPANS_BYTES);
    int waiting = (int) Math.min(MAX_SPANS_WAITING, spans);
    // As JSON they take some seven times as much.
    return new ReportMemory((int) Math.min(MAX_LOG_BYTES, heapBytes / 32), waiting, waiting / 8);
  }
}
