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
        "A was faster than B on /a and /b; no difference was shown on /c. | A a été plus rapide que B sur /a et /b ; aucune différence n'est montrée sur /c.",
        "FastAPI clusters behind load balancers: Stand-in of the ALB, Leadline and Another one | Grappes FastAPI derrière des répartiteurs de charge : Remplaçant de l'ALB, Leadline et Another one",
        "Stand-in of the ALB (control) | Remplaçant de l'ALB (témoin)",
        "By 50 users, each waits for its answer, for 10 s. | Par 50 utilisateurs, dont chacun attend sa réponse, pendant 10 s.",
        "GET over HTTP/1.1, with a body of 1,000 bytes, with the headers A, B and C. | GET par HTTP/1.1, avec un corps de 1\u202f000 octets, avec les en-têtes A, B et C.",
        "3 of 4 bursts, the 1 warm-up bursts of each cell included; the run was interrupted. | 3 rafales sur 4, les 1 rafales d'échauffement de chaque cellule comprises ; la mesure est interrompue.",
        "/p through a, round 1: The knee is at 450 requests/s: at 550 requests/s 1.2% of the requests failed (in one step only, which may be chance). | /p par a, série 1 : le coude est à 450 requêtes/s ; à 550 requêtes/s, 1,2\u202f% des requêtes ont échoué (à un seul palier, ce qui peut être un hasard).",
        "a was measured a second time in every round, and differed from itself by +46% in p50 on /p, +1.2% in p99 on /p. | a a été mesuré une seconde fois dans chaque série, et a différé de lui-même de +46\u202f% pour p50 sur /p, +1,2\u202f% pour p99 sur /p.",
        "Targets were disturbed on purpose in every measured round: target 3 slow by 8x from 5.0 to 15.0 s, target 4 freeze from 1.0 to 2.0 s. | Des cibles ont été perturbées exprès dans chaque série mesurée : cible 3 ralentie 8 fois de 5,0 à 15,0 s, cible 4 gelée de 1,0 à 2,0 s.",
        "Leadline: left it after 0.5 s (< 0.1 s to 0.6 s), 1 (0 to 2) failed, was not seen to use it again | Leadline : quittée après 0,5 s (< 0,1 s à 0,6 s), 1 (0 à 2) échecs, pas réutilisée à ce qu'on a vu",
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
    assertEquals(
        "<text class=\"t\">&lt; 0,1 s</text>", FRENCH.svg("<text class=\"t\">&lt; 0.1 s</text>"));
    assertEquals("{\\scriptsize 1\\,000}", FRENCH.latexFigure("{\\scriptsize 1,000}"));
  }
}
