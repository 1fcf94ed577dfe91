package dev.leadline.balancer;

import dev.leadline.balancer.config.PolicyForm;
import dev.leadline.balancer.config.Shape;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.Policies;
import java.io.PrintWriter;
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
      for (Shape.Field setting : PolicyForm.settings(type)) {
        out.printf(
            "    %s: %s%s, default %s%n        %s%n",
            setting.key(),
            setting.shape().allowed(),
            setting.unit().isEmpty() ? "" : " (" + setting.unit() + ")",
            setting.usual(),
            setting.meaning());
      }
    }
  }
}
