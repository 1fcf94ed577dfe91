package dev.leadline.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return new CommandLine(new Main())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void aCommandIsNeeded() {
    assertEquals(2, run());
    assertTrue(
        err.toString()
            .startsWith("a command is missing: serve, check, policies, schema or archive\n"));
  }

  @Test
  void unknownOptionsAndCommandsAreWrongUsage() {
    assertEquals(2, run("serve", "--confg", "x"));
    assertEquals(2, run("server"));
    assertEquals(2, run("serve"));
    assertTrue(err.toString().contains("Missing required option: '--config=FILE'"), err.toString());
  }

  @Test
  void helpAndVersionAreAnswers() {
    assertEquals(0, run("--help"));
    assertTrue(out.toString().contains("serve"), out.toString());
    assertTrue(out.toString().contains("policies"), out.toString());
    assertEquals(0, run("--version"));
    assertTrue(out.toString().contains("balancer 0."), out.toString());
  }

  @Test
  void policiesAreListedWithTheirSettings() {
    assertEquals(0, run("policies"));
    assertTrue(out.toString().contains("leadline (default)"), out.toString());
    assertTrue(
        out.toString().contains("probeInterval: a time from 10ms to 1m (ms, s or m), default 1s"),
        out.toString());
    assertTrue(
        out.toString().contains("hysteresis: a number from 0 to 0.9 (share), default 0.1"),
        out.toString());
  }

  @Test
  void checkSaysWhetherAConfigurationCanBeUsed(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("b.yaml");
    Files.writeString(
        file,
        """
        listener: {port: 80}
        targetGroups: [{name: a, targets: [{id: t, address: localhost, port: 1}]}]
        rules: [{paths: ["*"], forward: a}]
        """);
    assertEquals(0, run("check", "--config", file.toString()));
    assertEquals(file + " is valid: 1 rule, 1 target group, 1 target\n", out.toString());

    Files.writeString(
        file,
        """
        listener: {port: 80}
        targetGroups: [{name: a, targets: []}]
        rules:
          - {paths: ["/a*"], forward: a}
          - {paths: [/a/b, /a/c], methods: [GET], forward: a}
        """);
    assertEquals(0, run("check", "--config", file.toString()));
    assertEquals(
        "warning: rules[1] is never reached: rules[0] matches all of its requests\n",
        err.toString());
    err.getBuffer().setLength(0);

    Files.writeString(file, "listener: {port: 80}\ntargetGroups: []\n");
    assertEquals(2, run("check", "-c", file.toString()));
    assertEquals(
        file + ", line 1: the file lacks the key 'rules': it needs a list of rules\n",
        err.toString());
  }
}
