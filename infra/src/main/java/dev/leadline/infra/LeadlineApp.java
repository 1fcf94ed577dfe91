package dev.leadline.infra;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awscdk.App;

/** The CDK app, started by the cdk command in the project's root. */
public final class LeadlineApp {
  private static final Path BALANCER_JAR = Path.of("balancer", "target", "balancer.jar");

  private static final Path BENCH_JAR = Path.of("bench", "target", "bench.jar");

  private LeadlineApp() {}

  /** Writes the cloud assembly, or one sentence that says which setting is wrong. */
  public static void main(String[] arguments) {
    try {
      App app = App.Builder.create().analyticsReporting(false).treeMetadata(false).build();
      addTo(app, BALANCER_JAR, BENCH_JAR);
      app.synth();
    } catch (ConfigurationException problem) {
      System.err.println("cdk.json: " + problem.getMessage());
      System.exit(1);
    }
  }

  /**
   * Adds the lab that the app's context describes, and a budget's stack where it asks for one.
   *
   * @throws ConfigurationException where the context, or the build, is not as it must be
   */
  @SuppressWarnings("unchecked") // getAllContext is declared as Object and always a map by name
  static LeadlineStack addTo(App app, Path balancerJar, Path benchJar) {
    Settings settings =
        Settings.read(Context.of((Map<String, Object>) app.getNode().getAllContext()));
    require(balancerJar);
    if (settings.loadGenerator().isPresent()) {
      require(benchJar);
    }
    if (settings.watching().monthlyBudget().isPresent()) {
      new BudgetStack(app, "LeadlineBudget", settings);
    }
    return new LeadlineStack(app, "Leadline", settings, balancerJar, benchJar);
  }

  private static void require(Path jar) {
    if (!Files.isRegularFile(jar)) {
      throw new ConfigurationException(
          "%s is not there; build it with: mvn -DskipTests package".formatted(jar));
    }
  }
}
