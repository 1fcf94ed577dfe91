package dev.leadline.bench.disturb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DisturbanceParserTest {

  private static String read(String... texts) {
    return String.join(
        ", ",
        DisturbanceParser.parse(List.of(texts)).stream()
            .map(
                it ->
                    "%s %d %d..%d"
                        .formatted(
                            it.what(), it.target(), it.from().toMillis(), it.until().toMillis()))
            .toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "at 5s slow target 3 by 8x for 10s | slow by 8x 3 5000..15000",
        "at 0s slow target 1 by 2.5x for 500ms | slow by 2.5x 1 0..500",
        "at 1.5s freeze target 9 for 1m | freeze 9 1500..61500",
        "AT 5s Kill target 3 for 10s | kill 3 5000..15000",
        "at 5s fail target 12 for 10s | fail 12 5000..15000",
        "  at  5s cut off   target 3 for 10s | cut off 3 5000..15000",
      })
  void aSentenceIsADisturbance(String text, String expected) {
    assertEquals(expected, read(text));
  }

  @Test
  void aTargetIsBroughtBackByASentenceOfItsOwn() {
    assertEquals(
        "freeze 1 2000..4000, kill 3 5000..20000, kill 3 21000..22000",
        read(
            "at 20s bring back target 3",
            "at 5s kill target 3",
            "at 2s freeze target 1 for 2s",
            "at 21s kill target 3 for 1s"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "freeze target 3 for 10s | 'at' was expected, and not 'freeze'",
        "at 5 freeze target 3 for 10s | '5' is no time (when it begins) like 500ms, 5s or 1m",
        "at 5s explode target 3 for 10s | 'explode' is nothing that can be done; allowed: slow, freeze,",
        "at 5s freeze 3 for 10s | 'target' was expected, and not '3'",
        "at 5s freeze target three for 10s | 'three' is no number of a target",
        "at 5s freeze target 3 | it does not end; add 'for 10s', or --disturb 'at 15s bring back target 3'",
        "at 5s slow target 3 for 10s | 'by' was expected, and not 'for'",
        "at 5s slow target 3 by 1x for 10s | '1x' is no factor; allowed: 1.5x to 9999x",
        "at 5s freeze target 3 by 8x for 10s | 'for' was expected, and not 'by'",
        "at 5s freeze target 3 for 0s | it must last longer than 0s",
        "at 5s freeze target 3 for 61m | it must end within an hour",
        "at 5s freeze target 3 for 10s please | 'please' is too much",
        "at 5s | what is done is missing at the end",
        "at 5s cut target 3 | 'off' was expected, and not 'target'",
        "at 5s bring back target 3 | nothing was done to target 3 before that",
      })
  void whatCannotBeReadIsNamed(String text, String says) {
    BenchException e = assertThrows(BenchException.class, () -> read(text));
    assertEquals(ExitCode.USAGE, e.exitCode());
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("--disturb '%s': %s".formatted(text, says)),
        e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains("write for example"), e.getMessage());
  }

  @Test
  void oneThingAtATimeIsDoneToATarget() {
    BenchException e =
        assertThrows(
            BenchException.class,
            () -> read("at 5s freeze target 3 for 10s", "at 8s kill target 3 for 10s"));
    assertTrue(
        String.valueOf(e.getMessage()).contains("target 3 is disturbed until 15s already"),
        e.getMessage());
  }
}
