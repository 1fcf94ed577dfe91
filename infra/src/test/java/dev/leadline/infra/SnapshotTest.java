package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole template of every profile, so that no change of it goes unseen.
 *
 * <p>{@code mvn -pl infra test -DupdateSnapshots} renews the files below src/test/snapshots; read
 * their diff before you commit it.
 */
class SnapshotTest {
  private static final Path SNAPSHOTS = Path.of("src", "test", "snapshots");
  private static final boolean UPDATE = System.getProperty("updateSnapshots") != null;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  @ParameterizedTest
  @EnumSource
  void theTemplateIsWhatItWas(Profile profile) throws IOException {
    SynthesizedLab lab = SynthesizedLab.of(profile);
    ObjectNode template = lab.json().deepCopy();
    for (Map.Entry<String, JsonNode> instance : lab.resources("AWS::EC2::Instance").entrySet()) {
      // UserDataTest has the scripts; here they would only repeat the files of userdata/ ten times
      // over.
      ((ObjectNode) template.at("/Resources/" + instance.getKey() + "/Properties"))
          .put("UserData", "(see UserDataTest)");
    }
    String text = JSON.writeValueAsString(JSON.treeToValue(template, Object.class));
    for (String id : lab.resources("AWS::EC2::Instance").keySet()) {
      // An instance's id ends in a hash of its script.
      text = text.replace(id, id.substring(0, id.length() - 16) + "SCRIPT");
    }
    check(profile.id() + ".template.json", text.replaceAll("[0-9a-f]{64}", "ASSET") + "\n");
  }

  private static void check(String name, String actual) throws IOException {
    Path file = SNAPSHOTS.resolve(name);
    if (UPDATE) {
      Files.createDirectories(SNAPSHOTS);
      Files.writeString(file, actual);
    }
    String renew = name + ": if the change is meant, run mvn -pl infra test -DupdateSnapshots";
    assertTrue(Files.exists(file), renew);
    assertEquals(Files.readString(file), actual, renew);
  }
}
