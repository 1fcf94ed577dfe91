package dev.leadline.simulation;

import dev.leadline.routing.policy.FastestPolicy;
import dev.leadline.routing.policy.LeadlinePolicy;
import dev.leadline.routing.policy.LeadlinePolicy.Ingredient;
import dev.leadline.routing.policy.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.RoundRobinPolicy;
import dev.leadline.routing.policy.RoutingPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes docs/policies.md: every scenario with every policy, and each ingredient of the flagship
 * left out. The same seeds give the same document, byte for byte.
 */
final class Main {

  private static final double[] T_95 = {0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26};
  private static final String FLAGSHIP = "leadline";

  private Main() {}

  /** Every policy there is, by name. */
  static Map<String, RoutingPolicy> policies() {
    Map<String, RoutingPolicy> policies = new LinkedHashMap<>();
    policies.put("round_robin", new RoundRobinPolicy());
    policies.put("fastest", new FastestPolicy(Duration.ofSeconds(1), 0.1));
    policies.put("least_outstanding_requests", new LeastOutstandingRequestsPolicy());
    policies.put(FLAGSHIP, new LeadlinePolicy());
    return policies;
  }

  /** The flagship without one ingredient each. */
  static Map<String, RoutingPolicy> ablations() {
    Map<String, RoutingPolicy> policies = new LinkedHashMap<>();
    policies.put(FLAGSHIP, new LeadlinePolicy());
    for (Ingredient one : Ingredient.values()) {
      policies.put(one.key(), new LeadlinePolicy().without(one));
    }
    return policies;
  }

  /** Arguments: the file to write, and how many seeds (5). */
  public static void main(String[] args) throws IOException {
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: Main FILE [SEEDS]");
      System.exit(2);
    }
    int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    StringBuilder text = new StringBuilder();
    text.append(
        """
        # Policies compared in virtual time

        Made by `tools/simulate`; do not edit. The production classes of `routing` under a virtual clock, against queueing
        servers: mean work 10 ms, 0.3 ms of network, a deadline of 5 s, no retries, no health checks. Every policy meets the same
        requests (common random numbers), %d seeds. A request that fails or runs into the deadline counts as 5000 ms. Servers share
        their workers evenly (processor sharing, one worker) unless a name says otherwise; "nine uneven" are 4 with two workers and
        5 with one worker and half the speed, as in the lab.

        ## p99 in ms

        The last column is leadline's p99 over that of least_outstanding_requests, pair by pair, with a 95%% interval over the
        seeds: below 1 is better.

        """
            .formatted(seeds));
    StringBuilder errors = new StringBuilder();
    compare(text, errors, policies(), seeds);
    text.append("\n## Errors, in % of the requests\n\n").append(errors);
    text.append(
        """

        ## What each ingredient is good for: p99 in ms (errors in %) without it

        """);
    ablate(text, seeds);
    text.append(
        """

        ## Where it is not good enough

        - Long polls: they occupy no worker, but count as in flight. leadline notices them and stops holding requests back, which
          makes it as good as least_outstanding_requests there and no better; a policy that knew which requests sleep would be.
        - A first burst on unknown servers is shared as if all were equal: nobody knows the speeds yet.
        - Half of the servers four times slower with eight workers each: judging by the cost of a request under load, leadline
          leaves slow servers idle until the fast ones queue, which costs the typical request more than
          least_outstanding_requests does.
        - Several balancers side by side see too little of each server to learn how much it can hold at a time.
        - Overload: requests that wait in the balancer are served in the order in which they came, so when there is far too much
          to do all of them are late, and more run into the deadline than with least_outstanding_requests.
        - Bursts and long polls aside, all arrivals here are Poisson; these scenarios were looked at while the constants were
          chosen.
        """);
    Files.writeString(Path.of(args[0]), text, StandardCharsets.UTF_8);
  }

  private static void compare(
      StringBuilder p99s, StringBuilder errors, Map<String, RoutingPolicy> policies, int seeds) {
    String names = String.join(" | ", policies.keySet());
    String rule = "---|".repeat(policies.size());
    p99s.append("| scenario | ").append(names).append(" | ratio |\n|---|---|").append(rule);
    errors.append("| scenario | ").append(names).append(" |\n|---|").append(rule);
    for (Scenario scenario : Scenarios.all()) {
      Map<String, List<Samples>> runs = new LinkedHashMap<>();
      policies.forEach((name, policy) -> runs.put(name, runs(scenario, policy, seeds)));
      p99s.append("\n| ").append(scenario.name()).append(" |");
      errors.append("\n| ").append(scenario.name()).append(" |");
      for (List<Samples> samples : runs.values()) {
        p99s.append(" ").append(p99(samples)).append(" |");
        errors
            .append(" ")
            .append(decimals(100 * mean(samples, Samples::errorShare), 2))
            .append(" |");
      }
      p99s.append(ratio(runs)).append(" |");
    }
    p99s.append("\n");
    errors.append("\n");
  }

  private static void ablate(StringBuilder text, int seeds) {
    List<String> names =
        List.of(
            Scenarios.IDENTICAL_90,
            Scenarios.UNEVEN_70,
            Scenarios.HEAVY_TAIL_UNEQUAL_NOISE,
            Scenarios.BLACK_HOLE,
            Scenarios.FLAKY,
            Scenarios.RECOVERED,
            Scenarios.BURSTS);
    text.append("| without |");
    names.forEach(name -> text.append(" ").append(name).append(" |"));
    text.append("\n|---|").append("---|".repeat(names.size())).append("\n");
    ablations()
        .forEach(
            (name, policy) -> {
              text.append("| ").append(name.equals(FLAGSHIP) ? "nothing" : name).append(" |");
              for (String scenario : names) {
                List<Samples> samples = runs(Scenarios.named(scenario), policy, seeds);
                double errors = 100 * mean(samples, Samples::errorShare);
                text.append(" ").append(p99(samples));
                text.append(errors >= 0.01 ? " (" + decimals(errors, 2) + ") |" : " |");
              }
              text.append("\n");
            });
  }

  private static List<Samples> runs(Scenario scenario, RoutingPolicy policy, int seeds) {
    List<Samples> samples = new ArrayList<>();
    for (int seed = 1; seed <= seeds; seed++) {
      samples.add(Simulation.run(scenario, policy, seed));
    }
    return samples;
  }

  private static String p99(List<Samples> samples) {
    return decimals(mean(samples, it -> it.percentileMillis(.99)), 1);
  }

  private static String ratio(Map<String, List<Samples>> runs) {
    List<Samples> ours = runs.getOrDefault(FLAGSHIP, List.of());
    List<Samples> theirs = runs.getOrDefault("least_outstanding_requests", List.of());
    int n = ours.size();
    double[] ratios = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      ratios[i] = ours.get(i).percentileMillis(.99) / theirs.get(i).percentileMillis(.99);
      sum += ratios[i];
    }
    double mean = sum / n;
    double squares = 0;
    for (double it : ratios) {
      squares += (it - mean) * (it - mean);
    }
    String text = " " + decimals(mean, 2);
    if (n < 2) {
      return text;
    }
    double t = n - 1 < T_95.length ? T_95[n - 1] : 1.96;
    return text + " ± " + decimals(t * Math.sqrt(squares / (n - 1) / n), 2);
  }

  private static double mean(
      List<Samples> samples, java.util.function.ToDoubleFunction<Samples> figure) {
    return samples.stream().mapToDouble(figure).average().orElse(Double.NaN);
  }

  private static String decimals(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
