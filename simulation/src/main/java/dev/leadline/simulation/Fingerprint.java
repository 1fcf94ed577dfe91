package dev.leadline.simulation;

import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Figures;
import dev.leadline.simulation.engine.Simulation;
import dev.leadline.simulation.scenario.Scenario;
import dev.leadline.simulation.scenario.Scenarios;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Some figures that take seconds to compute. A test compares them with those in the document: if
 * they differ, other code made the document.
 */
final class Fingerprint {

  /** Where the block begins. */
  static final String MARK = "<!-- fingerprint of the code that made this\n";

  private static final int SEED = 1;
  private static final List<String> SCENARIOS =
      List.of(
          Scenarios.IDENTICAL_90,
          Scenarios.UNEVEN_70,
          Scenarios.BLACK_HOLE,
          Scenarios.BURSTS,
          Scenarios.LONG_POLLS,
          Scenarios.SIX_BALANCERS);

  private Fingerprint() {}

  /**
   * The block at the end of the document: how many seeds, the digest of the text above, and the
   * figures.
   */
  static String block(String above, int seeds) {
    return MARK
        + "seeds: "
        + seeds
        + "\n"
        + "sha256 of the text above: "
        + digest(above)
        + "\n"
        + figures()
        + "-->\n";
  }

  /** Whether a document's figures are those that this code computes. */
  static boolean isOfThisCode(String document) {
    return document.endsWith(figures() + "-->\n");
  }

  /** How many seeds the document says that it was made with. */
  static int seeds(String document) {
    int from = document.indexOf("seeds: ", document.indexOf(MARK)) + "seeds: ".length();
    return Integer.parseInt(document.substring(from, document.indexOf('\n', from)));
  }

  /** The digest of a text. */
  static String digest(String text) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The figures of each scenario, in the order of the policies. */
  static String figures() {
    StringBuilder text = new StringBuilder("p99 in ms and share of errors, seed 1\n");
    for (String name : SCENARIOS) {
      Scenario scenario = Scenarios.named(name);
      text.append(name).append(":");
      for (Contender contender : Contenders.policies()) {
        Figures figures = Simulation.run(scenario, contender, SEED);
        text.append(
            String.format(Locale.ROOT, " %.3f/%.5f", figures.p99Millis(), figures.errors()));
      }
      text.append("\n");
    }
    return text.toString();
  }
}
