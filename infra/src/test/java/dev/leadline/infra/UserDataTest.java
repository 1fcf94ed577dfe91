package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scripts as EC2 gets them. */
class UserDataTest {
  private static final Path USERDATA = Path.of("..", "userdata");
  private static final String UNPACK = "base64 --decode <<'END_OF_FILE' | gunzip | write_file";

  private static String script(Profile profile, String name) {
    return SynthesizedLab.of(profile).script(name);
  }

  private static String read(String file) throws IOException {
    return Files.readString(USERDATA.resolve(file));
  }

  private static String commands(String file) throws IOException {
    return read(file)
        .lines()
        .map(String::stripLeading)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @EnumSource
  void everyScriptFitsIntoSixteenKibibytes(Profile profile) {
    SynthesizedLab.of(profile)
        .scripts()
        .forEach(
            (name, script) ->
                assertTrue(
                    script.getBytes(StandardCharsets.UTF_8).length < 16 * 1024,
                    name + ": " + script.length()));
  }

  @ParameterizedTest
  @EnumSource
  void everyScriptIsABashProgram(Profile profile, @TempDir Path folder) throws Exception {
    for (Map.Entry<String, String> script : SynthesizedLab.of(profile).scripts().entrySet()) {
      Path file = Files.writeString(folder.resolve(script.getKey()), script.getValue());
      Process bash = new ProcessBuilder("bash", "-n", file.toString()).inheritIO().start();
      assertEquals(0, bash.waitFor(), script.getKey());
      assertTrue(script.getValue().startsWith("#!/bin/bash\n"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aScriptIsItsPartsInOrderAndNothingElse(Profile profile) throws IOException {
    StringBuilder expected =
        new StringBuilder(
            """
            #!/bin/bash
            STACK_NAME='Leadline'
            RESOURCE_ID='%s'
            REGION='ap-southeast-1'
            CLUSTER='cluster2'
            CLUSTER_PATHS='/cluster2,/mixed'
            NUMBER='7'
            APP_PORT='8000'
            WORK_MILLIS='5'
            AUTO_STOP_MINUTES='0'
            """
                .formatted(SynthesizedLab.of(profile).logicalId("leadline-cluster2-7")));
    StringBuilder functions = new StringBuilder(commands("common.sh"));
    for (String file :
        profile == Profile.LOCAL ? List.of("local.sh") : List.of("systemd.sh", "amazon.sh")) {
      functions.append(commands("platform/" + file));
    }
    functions.append("run_role() {\n").append(commands("target.sh")).append("}\n");
    expected
        .append(commands("start.sh").replace("FUNCTIONS\n", functions))
        .append(UNPACK + " main.py\n")
        .append(UserDataScript.python("fastapi/main.py"))
        .append("END_OF_FILE\n" + UNPACK + " requirements.txt\n")
        .append(read("fastapi/requirements-ec2.txt"))
        .append("END_OF_FILE\nrun_role\n");
    assertEquals(
        expected.toString(), SynthesizedLab.unpacked(script(profile, "leadline-cluster2-7")));
  }

  /** Catches a file that comes out of its compressed form otherwise than it went in. */
  @Test
  void theBalancersApplicationIsTheTargets(@TempDir Path folder) throws Exception {
    String script = script(Profile.AWS, "leadline-balancer");
    int begin = script.indexOf("base64 --decode <<'END_OF_FILE' | gunzip | write_file main.py");
    int end = script.indexOf("\nEND_OF_FILE\n", begin) + "\nEND_OF_FILE\n".length();
    Path unpack =
        Files.writeString(
            folder.resolve("unpack.sh"),
            "set -e\nwrite_file() { cat >\"$1\"; }\n" + script.substring(begin, end));
    Process bash =
        new ProcessBuilder("bash", unpack.toString())
            .directory(folder.toFile())
            .inheritIO()
            .start();
    assertEquals(0, bash.waitFor());
    assertEquals(
        UserDataScript.python("fastapi/main.py"), Files.readString(folder.resolve("main.py")));
  }

  @Test
  void theBalancersSettingsSayWhereItsJarIs() {
    List<String> head = script(Profile.AWS, "leadline-balancer").lines().limit(14).toList();
    assertEquals(
        List.of(
            "#!/bin/bash",
            "STACK_NAME='Leadline'",
            "RESOURCE_ID='%s'"
                .formatted(SynthesizedLab.of(Profile.AWS).logicalId("leadline-balancer")),
            "REGION='ap-southeast-1'",
            "CLUSTER=''",
            "CLUSTER_PATHS=''",
            "NUMBER='0'",
            "APP_PORT='8000'",
            "WORK_MILLIS='5'",
            "AUTO_STOP_MINUTES='0'",
            "LISTENER_PORT='80'",
            "BALANCER_TLS='none'",
            "JAR_BUCKET='cdk-leadline-assets-123456789012-ap-southeast-1'"),
        head.subList(0, 13));
    assertTrue(head.get(13).matches("JAR_KEY='[0-9a-f]{64}\\.jar'"), head.get(13));
  }

  @Test
  void theBalancersConfigurationHasThePublishedForm() throws IOException {
    String script = script(Profile.AWS, "leadline-balancer");
    // The balancer's tests read this file too, and find that it can be used.
    String expected = Files.readString(Path.of("src/test/resources/balancer.yaml"));
    String begin = "write_file balancer.yaml <<'END_OF_FILE'\n";
    String end = "END_OF_FILE\n";
    assertTrue(script.contains(begin + expected + end), script);
  }

  @Test
  void theBalancerIsToldOfEachTargetOnce() {
    SynthesizedLab lab = SynthesizedLab.of(Profile.AWS);
    JsonNode balancer =
        lab.resources("AWS::EC2::Instance").values().stream()
            .filter(
                instance ->
                    SynthesizedLab.tag(instance.get("Properties"), "leadline:role")
                        .equals("balancer"))
            .findFirst()
            .orElseThrow();
    List<String> ids =
        balancer.at("/Properties/UserData").findValuesAsText("Ref").stream()
            .filter(id -> id.startsWith("Fleet"))
            .toList();
    List<String> addresses =
        balancer.at("/Properties/UserData").findValues("Fn::GetAtt").stream()
            .map(attribute -> attribute.get(0).asText())
            .collect(Collectors.toList());
    assertEquals(9, ids.stream().distinct().count());
    assertEquals(ids, addresses);
  }

  @Test
  void theBalancerListensWhereTheLocalPlatformSays() {
    String script = script(Profile.LOCAL, "leadline-balancer");
    assertTrue(script.contains("listener: {host: \"@LISTEN_HOST@\", port: 8080}\n"), script);
  }

  @Test
  void aChangedScriptMakesANewInstance() {
    Map<String, Object> context = SynthesizedLab.context(Profile.LOCAL);
    context.put("mixed", false);
    assertNotEquals(
        SynthesizedLab.of(Profile.LOCAL).resources("AWS::EC2::Instance").keySet(),
        SynthesizedLab.with(context).resources("AWS::EC2::Instance").keySet());
  }

  private static Map<String, Object> twoClustersOf(int count) {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    String cluster =
        "{\"name\": \"%s\", \"path\": \"/%s\", \"instanceType\": \"t3.nano\", \"count\": %d}";
    context.put(
        "topology",
        "{\"clusters\": [%s, %s], \"balancer\": {\"instanceType\": \"t3.small\", \"policy\": \"leadline\"}}"
            .formatted(
                cluster.formatted("cluster1", "cluster1", count),
                cluster.formatted("cluster2", "cluster2", count)));
    return context;
  }

  /**
   * The script has the address of every target; docs/lab.md says how many there can be. EC2 takes
   * 16 KB: what the scripts are given more is seen here, before it refuses somebody's lab.
   */
  @ParameterizedTest
  @EnumSource(OperatingSystem.class)
  void fortyTargetsLeaveTwoKibibytesOfTheScript(OperatingSystem os) {
    Map<String, Object> context = twoClustersOf(20);
    context.put("os", os.id());
    String script = SynthesizedLab.with(context).script("leadline-balancer");
    assertTrue(script.contains("*t39]\n"), script);
    int bytes = script.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bytes <= 14 * 1024, os + ": " + bytes);
  }

  /** Catches a file that an editor on Windows saved: bash takes CR for a part of a word. */
  @Test
  void linesEndWithLfAlsoWhereAFileHasCrLf() throws IOException {
    Path file = Path.of("target", "test-classes", "userdata", "windows.sh");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "# Why.\r\nif true; then\r\n  say \"a\"\r\n\r\nfi\r\n");
    assertEquals("if true; then\nsay \"a\"\nfi\n", UserDataScript.commands("windows.sh"));
    assertFalse(UserDataScript.python("windows.sh").contains("\r"));
  }

  @Test
  void aFleetTooLargeForOneScriptIsRefusedInOneSentence() {
    Map<String, Object> context = twoClustersOf(50);
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> SynthesizedLab.with(context))
                .getMessage());
    assertTrue(message.startsWith("the topology makes a start script (balancer.sh) of "), message);
    assertFalse(message.contains("\n"));
  }
}
