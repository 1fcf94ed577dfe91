package dev.leadline.infra;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of load balancer that a lab may have in front of the same targets, in the order in
 * which everything names them.
 */
enum BalancerKind {
  /** The Application Load Balancer. */
  ALB("Alb", "The Application Load Balancer"),

  /** The Network Load Balancer: a listener port for each path, because it reads no paths. */
  NLB("Nlb", "The Network Load Balancer"),

  /** Classic Load Balancers: one for each path, because each has one set of instances. */
  CLB("Clb", "The Classic Load Balancers"),

  /** Our own. */
  LEADLINE("Balancer", "The instance that runs Leadline");

  /** The key in the context. */
  static final String KEY = "compare";

  /** What a lab has where nothing is said. */
  static final Set<BalancerKind> DEFAULT = Set.of(ALB, LEADLINE);

  private final String prefix;
  private final String description;

  BalancerKind(String prefix, String description) {
    this.prefix = prefix;
    this.description = description;
  }

  /** The name in the option. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** How names of its constructs begin. */
  String prefix() {
    return prefix;
  }

  /** Who stands behind its security group, for the console. */
  String description() {
    return description;
  }

  /**
   * Reads {@value #KEY}: text with commas between, or a list.
   *
   * @return in the order of this enumeration
   */
  static Set<BalancerKind> read(Context context) {
    if (!context.has(KEY)) {
      return EnumSet.copyOf(DEFAULT);
    }
    List<String> written = written(context.raw(KEY));
    Set<BalancerKind> kinds = EnumSet.noneOf(BalancerKind.class);
    Arrays.stream(values()).filter(kind -> written.contains(kind.id())).forEach(kinds::add);
    if (kinds.size() != written.size() || kinds.size() < 2 || !kinds.contains(LEADLINE)) {
      throw context.wrong(
          KEY,
          "leadline and at least one other of %s, each once, with commas between"
              .formatted(
                  Arrays.stream(values()).map(BalancerKind::id).collect(Collectors.joining(", "))));
    }
    return kinds;
  }

  /** Not {@link Context#list}, which passes over what is repeated. */
  private static List<String> written(@Nullable Object value) {
    List<String> names = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.forEach(it -> names.add(String.valueOf(it).strip()));
    } else {
      for (String name : String.valueOf(value).split(",", -1)) {
        names.add(name.strip());
      }
    }
    return names;
  }
}
