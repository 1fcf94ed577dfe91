package dev.leadline.balancer;

import dev.leadline.balancer.config.JsonSchema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code schema}: prints the JSON Schema of the configuration, for editors. */
@Command(
    name = "schema",
    description = "Prints the JSON Schema of the configuration, for editors.",
    mixinStandardHelpOptions = true)
final class SchemaCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(JsonSchema.text());
    spec.commandLine().getOut().flush();
  }
}
