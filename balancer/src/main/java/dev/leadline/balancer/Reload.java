package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.ConfigException;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The configuration that the balancer has now, and how another one takes its place: read away from
 * the event loop, checked as a whole, then taken over by all parts or by none. Reloads happen one
 * after the other. Not thread-safe: it belongs to the event loop of the {@link Balancer}.
 */
final class Reload {

  private static final Logger LOG = Logger.getLogger(Reload.class.getName());

  /** What takes another configuration over. */
  interface Parts {

    /** The steps that can fail; the former configuration stays if the result fails. */
    Future<?> prepare(BalancerConfig changed);

    /** Finds the targets by another configuration from now on. */
    void find(BalancerConfig changed);

    /** The configuration with the targets that its groups have now. */
    BalancerConfig found();

    /** The steps that cannot fail. */
    void take(BalancerConfig former, BalancerConfig changed);
  }

  private final Vertx vertx;
  private final Parts parts;
  private volatile BalancerConfig config;
  private Future<?> last = Future.succeededFuture();
  private long done;
  private long failed;

  /**
   * @param config what the balancer was started with
   */
  Reload(Vertx vertx, BalancerConfig config, Parts parts) {
    this.vertx = vertx;
    this.config = config;
    this.parts = parts;
  }

  /** The configuration now. Any thread. */
  BalancerConfig config() {
    return config;
  }

  /** The targets of this group now; none if there is no such group. */
  List<Target> targets(String group) {
    return config.group(group).map(it -> it.targets().targets()).orElse(List.of());
  }

  /** Reloads that changed the configuration, or could have. */
  long done() {
    return done;
  }

  /** Reloads after which the former configuration stayed. */
  long failed() {
    return failed;
  }

  /**
   * Takes another configuration over.
   *
   * @param source reads it; may block
   * @return what was changed, or a {@link ConfigException} that says why nothing was
   */
  Future<String> from(Callable<BalancerConfig> source) {
    Future<String> next =
        last.transform(any -> vertx.executeBlocking(source))
            .compose(changed -> takeOver(changed))
            .onComplete(
                changes -> {
                  done++;
                  LOG.log(Level.INFO, "configuration reloaded: {0}", changes);
                },
                cause -> {
                  failed++;
                  LOG.log(
                      Level.WARNING,
                      "the former configuration stays: " + cause.getMessage(),
                      cause instanceof ConfigException ? null : cause);
                });
    last = next;
    return next;
  }

  private Future<String> takeOver(BalancerConfig changed) {
    List<String> fixed = config.fixedKeysChangedBy(changed);
    if (!fixed.isEmpty()) {
      return Future.failedFuture(
          new ConfigException(
              String.join(", ", fixed)
                  + " cannot change while the balancer runs; restart it, or change it back"));
    }
    return parts
        .prepare(changed)
        .map(
            prepared -> {
              BalancerConfig former = config;
              parts.find(changed);
              config = parts.found();
              parts.take(former, config);
              return summary(former, config);
            });
  }

  /** Takes over what targets the groups have now, if that has changed. */
  void takeTargets() {
    BalancerConfig former = config;
    BalancerConfig found = parts.found();
    if (!found.equals(former)) {
      config = found;
      parts.take(former, found);
      LOG.info(found(former, found));
    }
  }

  private static String found(BalancerConfig former, BalancerConfig changed) {
    return "targets found: "
        + members(former, changed)
        + (changed.peers().equals(former.peers()) ? "" : "; the list of peers has changed");
  }

  private static String members(BalancerConfig former, BalancerConfig changed) {
    Set<Target> before = targets(former);
    Set<Target> after = targets(changed);
    long joined = after.stream().filter(it -> !before.contains(it)).count();
    long left = before.stream().filter(it -> !after.contains(it)).count();
    return "%d targets joined, %d left".formatted(joined, left);
  }

  private static String summary(BalancerConfig former, BalancerConfig changed) {
    List<String> changes = new ArrayList<>();
    for (Group group : changed.targetGroups()) {
      if (!former.group(group.name()).map(it -> isSame(it, group)).orElse(false)) {
        changes.add("group " + group.name());
      }
    }
    former.targetGroups().stream()
        .filter(it -> changed.group(it.name()).isEmpty())
        .forEach(it -> changes.add("group " + it.name() + " (gone)"));
    changes.addAll(former.keysChangedBy(changed));
    return "%s; changed: %s"
        .formatted(
            members(former, changed),
            changes.isEmpty() ? "nothing else" : String.join(", ", changes));
  }

  private static boolean isSame(Group one, Group other) {
    return one.routing().equals(other.routing())
        && one.healthCheck().equals(other.healthCheck())
        && one.extra().equals(other.extra())
        && one.stickiness().equals(other.stickiness())
        && one.wire().equals(other.wire())
        && one.membership().equals(other.membership());
  }

  private static Set<Target> targets(BalancerConfig config) {
    Set<Target> all = new HashSet<>();
    config.targetGroups().forEach(it -> all.addAll(it.targets().targets()));
    return all;
  }
}
