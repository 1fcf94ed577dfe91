package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Fails when the code no longer gives the figures in docs/policies.md. */
class DocumentTest {

  @Test
  void theDocumentWasMadeByThisCode() throws IOException {
    String document = Files.readString(Path.of("../docs/policies.md"));
    int start = document.indexOf("<!-- fingerprint");
    assertTrue(start >= 0, "docs/policies.md has no fingerprint: run tools/simulate");
    assertEquals(
        Fingerprint.block(),
        document.substring(start),
        "the code gives other figures than docs/policies.md: run tools/simulate");
  }
}
