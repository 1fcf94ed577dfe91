package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) throws IOException {
    return new Main(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .run(List.of(arguments));
  }

  @ParameterizedTest
  @CsvSource({
    "--seeds 0,                  --seeds is a number from 1 to 1000; not 0",
    "--seeds many,               --seeds is a number from 1 to 1000; not many",
    "--seeds,                    --seeds needs a value",
    "--scenario nowhere,         no scenario has this in its name: nowhere",
    "--policy leadline;nobody,   no contender is called: nobody",
    "--frobnicate,               unknown argument: --frobnicate",
  })
  void whoCallsItWronglyIsToldHow(String arguments, String message) throws IOException {
    assertEquals(2, run(arguments.replace(';', ',').split(" ", -1)));
    assertEquals(
        "simulate: " + message.replace("; ", ", "),
        err.toString(StandardCharsets.UTF_8).lines().findFirst().orElse(""));
    assertEquals(0, out.size());
  }

  @Test
  void itExplainsItself() throws IOException {
    assertEquals(0, run("--help"));
    assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("usage: tools/simulate"));
  }

  /** Fails when runs side by side share anything, or their order shows. */
  @Test
  void theSameCallGivesTheSameText(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("table.txt");
    String[] arguments = {
      "--scenario", "first burst", "--policy", "leadline,random", "--seeds", "2", "--out", "" + file
    };
    assertEquals(0, run(arguments));
    String first = Files.readString(file);
    assertEquals(0, run(arguments));
    assertEquals(first, Files.readString(file));
    assertTrue(first.contains("\nleadline "), first);
    assertNotEquals(first, first.replace(" ± ", ""), "an interval over two seeds");
  }

  /** Fails when somebody who chooses constants sees by chance what must not be looked at. */
  @Test
  void whatIsHeldOutIsRunOnlyWhenAskedFor() throws IOException {
    assertEquals(2, run("--scenario", "day and night"));
    assertEquals(
        0, run("--scenario", "held out: day and night", "--policy", "random", "--seeds", "1"));
  }
}
