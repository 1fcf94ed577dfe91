package dev.leadline.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parts of the heap for logs and spans. */
class ReportMemoryTest {

  @ParameterizedTest
  @CsvSource({"64, 2048, 341, 42", "256, 8192, 1365, 170", "4096, 8192, 4096, 512"})
  void theyFollowFromTheHeap(long heapMegabytes, int logKilobytes, int waiting, int batch) {
    assertEquals(
        new ReportMemory(logKilobytes * 1024, waiting, batch),
        ReportMemory.of(heapMegabytes * 1024 * 1024));
  }
}
