package dev.leadline.balancer;

import dev.leadline.balancer.config.Notation;
import dev.leadline.routing.policy.PolicySettings;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code policies}: lists the routing policies and their settings. */
@Command(
    name = "policies",
    description = "Lists the routing policies and their settings.",
    mixinStandardHelpOptions = true)
final class PoliciesCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init") // Set by picocli.
  private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    for (PolicyType type : Policies.all()) {
      boolean isDefault = type.name().equals(Policies.DEFAULT.name());
      out.printf("%s%s%n    %s%n", type.name(), isDefault ? " (default)" : "", type.summary());
      // A policy asks for its settings by key and range: so let it ask, and write down what it
      // asks.
      var unused = type.factory().apply(new Describing(out));
    }
  }

  private record Describing(PrintWriter out) implements PolicySettings {
    @Override
    public Duration duration(String key, Duration absent, Duration min, Duration max) {
      out.printf(
          "    %s: %s to %s, default %s%n",
          key, Notation.of(min), Notation.of(max), Notation.of(absent));
      return absent;
    }

    @Override
    public double number(String key, double absent, double min, double max) {
      out.printf(
          "    %s: %s to %s, default %s%n",
          key, Notation.of(min), Notation.of(max), Notation.of(absent));
      return absent;
    }

    @Override
    public boolean flag(String key, boolean absent) {
      out.printf("    %s: true or false, default %s%n", key, absent);
      return absent;
    }

    @Override
    public int integer(String key, int absent, int min, int max) {
      out.printf("    %s: %d to %d, default %d%n", key, min, max, absent);
      return absent;
    }

    @Override
    public String text(String key, String absent, Pattern allowed, String description) {
      out.printf("    %s: %s, default %s%n", key, description, absent);
      return absent;
    }
  }
}
