package dev.leadline.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.Samples;
import dev.leadline.bench.record.Run;
import org.junit.jupiter.api.Test;

final class TerminalReportTest {
  @Test
  void theTerminalReportFitsEightyColumnsAndIsPlainWithoutColour() {
    String plain = TerminalReport.render(Samples.report(name -> 100L), Ansi.PLAIN);

    plain.lines().forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(plain.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)));
    assertTrue(plain.contains("no difference shown"));
  }

  /**
   * A path may be as long as it likes: it is wrapped, and no figure is lost, nor the path's end.
   */
  @Test
  void aLongPathIsWrappedInTheTerminal() {
    Run run = Samples.run(Samples.lab("Balancer", "/p" + "a".repeat(90) + "z", "i-1", ""), 5);
    String plain =
        TerminalReport.render(Samples.report(run, Samples.samples(run, name -> 100L)), Ansi.PLAIN);

    plain
        .lines()
        .filter(line -> !line.startsWith("/paaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
        .forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(plain.lines().anyMatch(line -> line.matches("/pa+ +leadline .* 100%")), plain);
    assertTrue(plain.lines().anyMatch(line -> line.matches("a*z")), plain);
  }

  @Test
  void colourAddsNothingButColour() {
    Report report = Samples.report(name -> name.equals("alb") ? 200L : 100L);
    String coloured = TerminalReport.render(report, Ansi.COLOURED);

    assertTrue(coloured.contains("\u001b["));
    assertEquals(
        TerminalReport.render(report, Ansi.PLAIN), coloured.replaceAll("\u001b\\[[0-9]+m", ""));
  }

  @Test
  void colourIsForTerminalsThatWantIt() {
    assertEquals(Ansi.COLOURED, Ansi.of(true, "", "xterm"));
    assertEquals(Ansi.PLAIN, Ansi.of(false, "", "xterm"));
    assertEquals(Ansi.PLAIN, Ansi.of(true, "1", "xterm"));
    assertEquals(Ansi.PLAIN, Ansi.of(true, "", "dumb"));
  }
}
