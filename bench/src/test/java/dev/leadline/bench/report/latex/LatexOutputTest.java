package dev.leadline.bench.report.latex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LatexOutputTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '`',
      value = {
        "\\input{x} \\textbackslash{}input\\{x\\}",
        "100% 100\\%",
        "a_b a\\_b",
        "$x$ \\$x\\$",
        "#1&2 \\#1\\&2",
        "~^ \\textasciitilde{}\\textasciicircum{}",
        "<|> \\textless{}\\textbar{}\\textgreater{}",
        "--x {-}{-}x",
        "é é",
        "日本 {?}{?}",
        "a…b a\\ldots{}b",
      })
  void aValueSaysNothingToTheCompiler(String text, String escaped) {
    assertEquals(escaped, LatexOutput.escape(text));
  }

  @Test
  void controlCharactersAndLineEndsAreNotPassedOn() {
    assertEquals("a b{?}c", LatexOutput.escape("a\nb\u0000c"));
    assertEquals("{?}", LatexOutput.escape("\ud83d\ude00"));
  }

  /** What the template itself says stays as it is; what it inserts does not. */
  @Test
  void onlyWhatIsInsertedIsEscaped() {
    LatexOutput output = new LatexOutput();
    output.writeContent("\\textbf{");
    output.writeUserContent("50%");
    output.writeContent("}");
    assertEquals("\\textbf{50\\%}", output.toString());
  }
}
