package dev.leadline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/policies.md is what the code makes of itself, and nobody has touched it since. */
class DocumentTest {

  private static final String REMEDY = ": run tools/simulate and commit what it writes";

  private final String document;
  private final int mark;

  DocumentTest() throws IOException {
    document = Files.readString(Path.of("../docs/policies.md"));
    mark = document.indexOf(Fingerprint.MARK);
    assertTrue(mark >= 0, "docs/policies.md has no fingerprint" + REMEDY);
  }

  /** Fails when a policy, a scenario or the simulator has changed since the document was made. */
  @Test
  void itWasMadeByThisCode() {
    String figures = document.substring(document.indexOf("p99 in ms and", mark));
    assertEquals(
        Fingerprint.figures() + "-->\n",
        figures,
        "the code gives other figures than docs/policies.md" + REMEDY);
  }

  /** The same for the section about balancers that tell each other, which can be made alone. */
  @Test
  void itsSectionAboutGroupsWasMadeByThisCode() {
    assertTrue(
        document.contains(GroupSection.fingerprint()),
        "the code gives " + GroupSection.fingerprint() + ": run tools/simulate --groups");
  }

  @Test
  void nobodyHasEditedIt() {
    assertTrue(
        document.startsWith(Fingerprint.digest(document.substring(0, mark)), mark(": ")),
        "docs/policies.md was edited by hand" + REMEDY);
  }

  /** Fails when the parts that people write were changed and not put into the document. */
  @Test
  void itHasWhatPeopleWrote() {
    for (String part : List.of(PolicyDocument.METHOD, PolicyDocument.LIMITS)) {
      assertTrue(
          document.contains(PolicyDocument.resource(part)),
          "docs/policies.md has not the text of " + part + REMEDY);
    }
  }

  private int mark(String before) {
    return document.indexOf(before, document.indexOf("sha256", mark)) + before.length();
  }
}
