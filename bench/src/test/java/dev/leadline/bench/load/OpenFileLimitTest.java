package dev.leadline.bench.load;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import org.junit.jupiter.api.Test;

final class OpenFileLimitTest {
  @Test
  void aLimitBelowTheBurstIsRefusedWithWhatToDo() {
    BenchException refused =
        assertThrows(BenchException.class, () -> OpenFileLimit.checkRoomFor(1000, 1024));

    assertEquals(ExitCode.FAILED, refused.exitCode());
    assertTrue(String.valueOf(refused.getMessage()).contains("ulimit -n 1200"));
  }

  @Test
  void aLimitAboveItIsNot() {
    assertDoesNotThrow(() -> OpenFileLimit.checkRoomFor(1000, 1200));
    assertTrue(OpenFileLimit.limit() > 0);
  }
}
