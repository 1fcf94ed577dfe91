package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.load.BurstGenerator.Routine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The workflow in examples/ is YAML of the form that GitHub reads, and what it runs can be run. */
final class GithubActionsExampleTest {
  private static final Path EXAMPLE = Path.of("../examples/github-actions.yml");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private static List<?> steps() throws IOException {
    Object workflow =
        new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(EXAMPLE));
    return (List<?>) in(in(in(workflow, "jobs"), "compare"), "steps");
  }

  private static Object in(Object mapping, String key) {
    return Objects.requireNonNull(((Map<?, ?>) mapping).get(key), key);
  }

  @Test
  void everyStepUsesAnActionOrRunsSomething() throws IOException {
    for (Object step : steps()) {
      Map<?, ?> keys = (Map<?, ?>) step;
      assertTrue(keys.containsKey("uses") != keys.containsKey("run"), step.toString());
    }
  }

  /** Fails when an option is renamed, or a limit is written in another way. */
  @Test
  void itsOptionsAreThoseOfTheBenchmark() throws IOException {
    List<List<String>> commands = new ArrayList<>();
    for (Object step : steps()) {
      String run = String.valueOf(((Map<?, ?>) step).get("run"));
      if (run.contains("bench.jar ")) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(run.substring(run.indexOf("bench.jar ") + 10));
        while (matcher.find()) {
          words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        commands.add(words);
      }
    }
    assertEquals(1, commands.size());
    Main.commandLine(Routine.NONE).parseArgs(commands.get(0).toArray(String[]::new));
  }
}
