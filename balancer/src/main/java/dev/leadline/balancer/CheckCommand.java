package dev.leadline.balancer;

import dev.leadline.balancer.config.AwsMembers;
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
      sayNotAsked(parsed);
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

  /** Whether AWS has such members cannot be known without it. */
  private void sayNotAsked(BalancerConfig config) {
    config
        .targetGroups()
        .forEach(
            group ->
                group
                    .membership()
                    .aws()
                    .ifPresent(it -> sayNotAsked("targets of group " + group.name(), it)));
    config
        .peers()
        .flatMap(peers -> peers.membership().aws())
        .ifPresent(it -> sayNotAsked("peers", it));
  }

  private void sayNotAsked(String whose, AwsMembers members) {
    spec.commandLine()
        .getOut()
        .printf("the %s come from AWS, which was not asked: %s%n", whose, members.what());
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
