package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The app as the cdk command starts it: a process with a context in its environment. */
class LeadlineAppTest {
  private record Run(int status, List<String> lines) {}

  private static Run run(Path folder, Map<String, Object> context)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LeadlineApp.class.getName())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("CDK_CONTEXT_JSON", new ObjectMapper().writeValueAsString(context));
    builder.environment().put("CDK_OUTDIR", folder.resolve("cdk.out").toString());
    builder.environment().put("CDK_VALIDATION", "true");
    int status = builder.start().waitFor();
    return new Run(
        status, Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList());
  }

  @Test
  void aWrongSettingEndsInOneSentenceAndStatusOne(@TempDir Path folder) throws Exception {
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("profile", "gcp");
    assertEquals(
        new Run(1, List.of("cdk.json: profile is \"gcp\"; allowed: aws, academy, local")),
        run(folder, context));
  }

  @Test
  void aMissingJarSaysHowToBuildIt(@TempDir Path folder) throws Exception {
    assertEquals(
        new Run(
            1,
            List.of(
                "cdk.json: balancer/target/balancer.jar is not there; build it with: mvn -DskipTests package")),
        run(folder, SynthesizedLab.context(Profile.AWS)));
  }

  /**
   * In a folder with a space, and by the CDK's own rules, whose violations cdk.json makes errors.
   */
  @Test
  void aLabIsSynthesizedWithoutAWarning(@TempDir Path parent) throws Exception {
    Path folder = Files.createDirectory(parent.resolve("lead line"));
    Path jar = folder.resolve("balancer/target/balancer.jar");
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "a jar\n");
    Map<String, Object> context = SynthesizedLab.context(Profile.AWS);
    context.put("allowedCidr", LabCase.RANGE);
    assertEquals(new Run(0, List.of()), run(folder, context));
    assertTrue(Files.exists(folder.resolve("cdk.out/Leadline.template.json")));
  }
}
