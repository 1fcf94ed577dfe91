package dev.leadline.simulation;

import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.builtin.LeastOutstandingRequestsPolicy;
import dev.leadline.routing.policy.builtin.Policies;
import dev.leadline.routing.policy.leadline.LeadlinePolicy;
import dev.leadline.routing.policy.leadline.LeadlinePolicy.Ingredient;
import dev.leadline.routing.resilience.Ejection;
import dev.leadline.simulation.engine.Contender;
import dev.leadline.simulation.engine.Exchange;
import dev.leadline.simulation.engine.Exchange.Trouble;
import dev.leadline.simulation.engine.LoadReports;
import dev.leadline.simulation.engine.Oracle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All contenders, for the command, the document and the tests. */
final class Contenders {

  static final String FLAGSHIP = Policies.DEFAULT.name();

  private static final Pattern LOOPS = Pattern.compile("(.+):([1-9][0-9]?)");

  private static final Pattern SUBSET = Pattern.compile("([^%]+)%([1-9][0-9]{0,3})");

  private static final Pattern EXCHANGE =
      Pattern.compile(
          "([^:@]+)@([0-9]{1,3}(?:\\.[0-9]{1,3})?)/(100|[0-9]{1,2})(?:/("
              + Stream.of(Trouble.values()).map(Enum::name).collect(Collectors.joining("|"))
              + "))?");

  private static final Pattern BESIDE =
      Pattern.compile(
          "(.+)[+]([a-z_]+)/([1-9][0-9]?)/("
              + Stream.of(LoadReports.Kind.values())
                  .map(Enum::name)
                  .collect(Collectors.joining("|"))
              + ")");

  private Contenders() {}

  /** All contenders. */
  static List<Contender> all() {
    return Stream.of(policies(), ablations(), oracles()).flatMap(List::stream).toList();
  }

  /** Every policy with its default settings, and variants. */
  static List<Contender> policies() {
    return Stream.concat(Policies.all().stream().map(Contenders::asConfigured), variants())
        .toList();
  }

  /**
   * The contender of this name. A policy's name followed by {@code :N} runs N event loops in each
   * balancer; {@code @DELAY/LOSS} makes balancers tell each other what they have in flight, with
   * this delay in milliseconds and so many percent lost, and {@code /TROUBLE} with what goes wrong.
   * {@code %K} gives each balancer K of the targets only. {@code +STRANGER/SHARE/KIND} lets this
   * share of the requests, in percent, pass by it with this policy, and targets say this of their
   * load.
   */
  static Optional<Contender> named(String name) {
    Matcher beside = BESIDE.matcher(name);
    if (beside.matches()) {
      return named(beside.group(1))
          .filter(it -> it instanceof Contender.Routed)
          .map(it -> beside((Contender.Routed) it, name, beside));
    }
    Matcher subset = SUBSET.matcher(name);
    if (subset.matches()) {
      return named(subset.group(1))
          .filter(it -> it instanceof Contender.Routed)
          .map(it -> onSubset((Contender.Routed) it, name, Integer.parseInt(subset.group(2))));
    }
    Matcher exchange = EXCHANGE.matcher(name);
    if (exchange.matches()) {
      return named(exchange.group(1))
          .filter(it -> it instanceof Contender.Routed)
          .map(it -> exchanging((Contender.Routed) it, name, exchange));
    }
    Matcher loops = LOOPS.matcher(name);
    String policy = loops.matches() ? loops.group(1) : name;
    Optional<Contender> found = all().stream().filter(it -> it.name().equals(policy)).findFirst();
    return loops.matches()
        ? found
            .filter(it -> it instanceof Contender.Routed)
            .map(it -> onLoops((Contender.Routed) it, name, Integer.parseInt(loops.group(2))))
        : found;
  }

  private static Contender onLoops(Contender.Routed routed, String name, int loops) {
    return new Contender.Routed(name, routed.settings(), loops, Optional.empty(), 0);
  }

  private static Contender onSubset(Contender.Routed routed, String name, int targets) {
    return new Contender.Routed(name, routed.settings(), 1, routed.exchange(), targets);
  }

  private static Contender exchanging(Contender.Routed routed, String name, Matcher how) {
    Duration delay = Duration.ofNanos((long) (1e6 * Double.parseDouble(how.group(2))));
    double loss = Integer.parseInt(how.group(3)) / 100.0;
    Trouble trouble = how.group(4) == null ? Trouble.NONE : Trouble.valueOf(how.group(4));
    return new Contender.Routed(
        name, routed.settings(), 1, Optional.of(new Exchange(delay, loss, trouble)), 0);
  }

  private static Contender beside(Contender.Routed ours, String name, Matcher how) {
    Contender.Routed strangers =
        new Contender.Routed(
            how.group(2),
            GroupSettings.of(Policies.named(how.group(2)).orElseThrow().withDefaults())
                .withEjection(Ejection.OFF));
    return new Contender.Beside(
        name,
        ours,
        strangers,
        Integer.parseInt(how.group(3)) / 100.0,
        LoadReports.Kind.valueOf(how.group(4)));
  }

  /** An Application Load Balancer has no ejection. */
  private static Stream<Contender> variants() {
    GroupSettings leastOutstanding = GroupSettings.of(new LeastOutstandingRequestsPolicy());
    return Stream.of(
        new Contender.Routed(
            leastOutstanding.policy().name() + " without ejection",
            leastOutstanding.withEjection(Ejection.OFF)));
  }

  /** The flagship with one ingredient off, for each ingredient. */
  static List<Contender> ablations() {
    return Stream.of(Ingredient.values()).map(Contenders::without).toList();
  }

  /**
   * The flagship with this ingredient off, and without ejection, which the product would use
   * instead.
   */
  static Contender without(Ingredient one) {
    return new Contender.Routed(
        FLAGSHIP + " without " + one.key(),
        GroupSettings.of(new LeadlinePolicy().without(one)).withEjection(Ejection.OFF));
  }

  /** The oracles. */
  static List<Contender> oracles() {
    return Stream.of(Oracle.Rule.values())
        .<Contender>map(rule -> new Contender.WithOracle("oracle " + rule.words(), rule))
        .toList();
  }

  private static Contender asConfigured(PolicyType type) {
    return new Contender.Routed(type.name(), GroupSettings.of(type.withDefaults()));
  }
}
