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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole template of profile {@code aws}, and what is different in the other profiles, so that
 * no change goes unseen.
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

  @Test
  void theTemplateIsWhatItWas() throws IOException {
    check(
        "aws.template.json",
        JSON.writeValueAsString(template(SynthesizedLab.of(Profile.AWS))) + "\n");
  }

  @ParameterizedTest
  @EnumSource(names = {"ACADEMY", "LOCAL"})
  void whatAnotherProfileHasInsteadIsWhatItWas(Profile profile) throws IOException {
    List<String> lines = new ArrayList<>();
    differences("", tree(Profile.AWS), tree(profile), lines);
    check(profile.id() + ".differences.txt", String.join("\n", lines) + "\n");
  }

  /** Catches a compared lab that changes the others, and a load balancer that is made otherwise. */
  @Test
  void whatEveryKindSideBySideAddsIsWhatItWas() throws IOException {
    List<String> lines = new ArrayList<>();
    LabCase compared = new LabCase(Profile.AWS, Map.of(BalancerKind.KEY, LabCase.EVERY_KIND));
    differences("", tree(Profile.AWS), tree(SynthesizedLab.with(compared.context())), lines);
    lines.removeIf(line -> line.contains("/DashboardBody/")); // ComparedTest has it
    check("compared.differences.txt", String.join("\n", lines) + "\n");
  }

  /** Catches a group that changes the rest of the lab, and one that is made otherwise. */
  @Test
  void whatAGroupOfBalancersHasInsteadIsWhatItWas() throws IOException {
    List<String> lines = new ArrayList<>();
    SynthesizedLab group = LabCase.ofGroup(Profile.AWS, Map.of()).synthesized();
    differences("", tree(Profile.AWS), tree(group), lines);
    lines.removeIf(line -> line.contains("/DashboardBody/"));
    check("group.differences.txt", String.join("\n", lines) + "\n");
  }

  /** The template without what changes with every change of a script or of the balancer. */
  private static Object template(SynthesizedLab lab) throws IOException {
    ObjectNode template = lab.json().deepCopy();
    for (Map.Entry<String, JsonNode> instance : lab.resources("AWS::EC2::Instance").entrySet()) {
      // UserDataTest has the scripts; here they would repeat the files of userdata/ ten times.
      ((ObjectNode) template.at("/Resources/" + instance.getKey() + "/Properties"))
          .put("UserData", "(see UserDataTest)");
    }
    for (JsonNode group : lab.resources("AWS::AutoScaling::AutoScalingGroup").values()) {
      String id = group.at("/Properties/LaunchTemplate/LaunchTemplateId/Ref").asText();
      ((ObjectNode) template.at("/Resources/" + id + "/Properties/LaunchTemplateData"))
          .put("UserData", "(see BalancerGroupTest)");
    }
    String text = JSON.writeValueAsString(template);
    for (String id : lab.resources("AWS::EC2::Instance").keySet()) {
      // An instance's id ends in a hash of its script.
      text = text.replace(id, id.substring(0, id.length() - 16) + "SCRIPT");
    }
    return JSON.readValue(text.replaceAll("[0-9a-f]{64}", "ASSET"), Object.class);
  }

  private static JsonNode tree(Profile profile) throws IOException {
    return tree(SynthesizedLab.of(profile));
  }

  private static JsonNode tree(SynthesizedLab lab) throws IOException {
    return JSON.readTree(JSON.writeValueAsString(template(lab)));
  }

  /** One line for each place: {@code -} only in the first tree, {@code +} only in the second. */
  private static void differences(
      String path, JsonNode first, JsonNode second, List<String> lines) {
    if (first.equals(second)) {
      return;
    }
    if (first.isObject() && second.isObject()) {
      TreeSet<String> keys = new TreeSet<>();
      first.fieldNames().forEachRemaining(keys::add);
      second.fieldNames().forEachRemaining(keys::add);
      for (String key : keys) {
        differences(path + "/" + key, first.path(key), second.path(key), lines);
      }
    } else if (first.isArray() && second.isArray() && first.size() == second.size()) {
      for (int i = 0; i < first.size(); i++) {
        differences(path + "/" + i, first.get(i), second.get(i), lines);
      }
    } else if (first.isArray() && second.isArray()) {
      surplus(first, second).forEach(item -> lines.add("- " + path + "/* " + item));
      surplus(second, first).forEach(item -> lines.add("+ " + path + "/* " + item));
    } else {
      if (!first.isMissingNode()) {
        // A resource that is not there is named; aws.template.json shows what it would be.
        lines.add("- " + path + (second.isMissingNode() ? "" : " " + first));
      }
      if (!second.isMissingNode()) {
        lines.add("+ " + path + " " + second);
      }
    }
  }

  /** What the one list has more of than the other; the order of what both have is not compared. */
  private static List<JsonNode> surplus(JsonNode list, JsonNode than) {
    List<JsonNode> left = new ArrayList<>();
    list.forEach(left::add);
    than.forEach(left::remove);
    return left;
  }

  static void check(String name, String actual) throws IOException {
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
