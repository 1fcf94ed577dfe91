package dev.leadline.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.record.Audit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SelfAuditTest {
  private static final long MILLI = 1_000_000;

  /** The last column is a word of the only sentence there is, or empty: the burst counts. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // skew p99, max | gc | cpu | clock | without file, port | seconds
        "BURST  | 20 | 100 | 50  | 0.95 | 500  | 0 | 0 | 1   | ",
        "BURST  | 20 | 101 | 0   | 0.1  | 0    | 0 | 0 | 1   | allowed are 100 ms",
        "RATE   | 10 | 400 | 0   | 0.1  | 0    | 0 | 0 | 1   | ",
        "RATE   | 11 | 400 | 0   | 0.1  | 0    | 0 | 0 | 1   | one request in a hundred",
        "RATE   | 1  | 1   | 51  | 0.1  | 0    | 0 | 0 | 1   | garbage collection",
        "SOAK   | 1  | 1   | 400 | 0.1  | 0    | 0 | 0 | 10  | ",
        "SOAK   | 1  | 1   | 501 | 0.1  | 0    | 0 | 0 | 10  | garbage collection",
        "CLOSED | 0  | 0   | 0   | 0.96 | 0    | 0 | 0 | 1   | 96% of all processors",
        "CLOSED | 0  | 0   | 0   | 0.96 | 0    | 0 | 0 | 0.1 | ",
        "RATE   | 0  | 0   | 0   | 0.1  | -501 | 0 | 0 | 1   | the wall clock moved by -501 ms",
        "RATE   | 0  | 0   | 0   | 0.1  | 0    | 3 | 0 | 1   | ulimit -n",
        "RATE   | 0  | 0   | 0   | 0.1  | 0    | 0 | 3 | 1   | no local port was free",
      })
  void aLimitOfTheClientIsNamed(
      Pattern pattern,
      long skewMillis,
      long maxMillis,
      long gcMillis,
      double cpu,
      long clockMillis,
      int withoutFile,
      int withoutPort,
      double seconds,
      @org.jspecify.annotations.Nullable String word) {
    Audit audit =
        new Audit(
            skewMillis * MILLI,
            maxMillis * MILLI,
            gcMillis,
            cpu,
            1,
            1024,
            0,
            clockMillis,
            0,
            List.of());
    List<String> limits =
        SelfAudit.limits(audit, pattern, (long) (seconds * 1e9), withoutFile, withoutPort);
    assertEquals(word == null ? 0 : 1, limits.size(), limits.toString());
    assertTrue(word == null || limits.get(0).contains(word), limits.toString());
  }

  @Test
  void failuresForWantOfFilesAndPortsAreTheClientsOwn() {
    assertEquals(
        FailureReason.NO_FILE,
        FailureReason.describe(new java.io.IOException("Too many open files"), false, false));
    assertEquals(
        FailureReason.NO_PORT,
        FailureReason.describe(
            new java.net.ConnectException("Cannot assign requested address: /127.0.0.1:80"),
            false,
            false));
  }
}
