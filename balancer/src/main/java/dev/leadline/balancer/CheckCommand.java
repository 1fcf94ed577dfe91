package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.balancer.config.ConfigReader;
import dev.leadline.balancer.rules.HiddenRules;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code check}: says whether a configuration can be used, and starts nothing. */
@Command(
    name = "check",
    description = "Checks a configuration and starts nothing.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration (YAML).")
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private Path config;

  @Spec
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private CommandSpec spec;

  @Override
  public Integer call() {
    try {
      BalancerConfig parsed = ConfigReader.read(config);
      int targets =
          parsed.targetGroups().stream().mapToInt(g -> g.targets().targets().size()).sum();
      spec.commandLine()
          .getOut()
          .printf(
              "%s is valid: %s, %s, %s%n",
              config,
              count(parsed.rules().list().size(), "rule"),
              count(parsed.targetGroups().size(), "target group"),
              count(targets, "target"));
      HiddenRules.in(parsed.rules())
          .forEach(
              it ->
                  spec.commandLine()
                      .getErr()
                      .printf(
                          "warning: rules[%d] is never reached: rules[%d] matches all of its"
                              + " requests%n",
                          it.index(), it.by()));
      return 0;
    } catch (ConfigException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return Main.EXIT_USAGE;
    }
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
