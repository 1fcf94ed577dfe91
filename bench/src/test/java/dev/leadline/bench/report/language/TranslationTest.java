package dev.leadline.bench.report.language;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.bench.title.Language;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TranslationTest {
  private static final Translation FRENCH = Translation.to(Language.FR);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Path | Chemin",
        "30,000 | 30\u202f000",
        "1,234.5 | 1\u202f234,5",
        "99.9% | 99,9\u202f%",
        "127.0.0.1 | 127.0.0.1",
        "421 to 1,450 ms | 421 à 1\u202f450 ms",
        "/a, /b and /c | /a, /b et /c",
        "All 1,200 measured requests were answered. | Les 1\u202f200 requêtes mesurées ont toutes reçu leur réponse.",
        "A was faster than B on /a and /b; no clear difference on /c. | A a été plus rapide que B sur /a et /b ; pas de différence nette sur /c.",
        "Each burst is 1,000 requests at once. Bold: all rounds together. | Chaque rafale : 1\u202f000 requêtes simultanées. En gras : toutes les séries ensemble.",
        "CloudWatch counted what the client sent: alb 2,400 of 2,400, leadline 30 of 30. | CloudWatch a compté ce que le client a envoyé : alb 2\u202f400 sur 2\u202f400, leadline 30 sur 30.",
        "Bold: all rounds together. A server's own words. | En gras : toutes les séries ensemble. A server's own words.",
      })
  void aFrenchReportSays(String english, String french) {
    assertEquals(french, FRENCH.text(english));
  }

  @Test
  void inEnglishEverythingStays() {
    assertEquals("Path 1,234.5", Translation.to(Language.EN).text("Path 1,234.5"));
  }

  @Test
  void picturesAreTranslatedToo() {
    assertEquals(
        "<svg aria-label=\"Latence par centile sur /p\"><text x=\"1\" class=\"tick\">1\u202f000</text><text>x</text></svg>",
        FRENCH.svg(
            "<svg aria-label=\"Latency by percentile on /p\"><text x=\"1\" class=\"tick\">1,000</text><text>x</text></svg>"));
    assertEquals("{\\scriptsize 1\\,000}", FRENCH.latexFigure("{\\scriptsize 1,000}"));
  }
}
