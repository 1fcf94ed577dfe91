package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.BalancerConfig.Dns;
import dev.leadline.balancer.connect.NameTable;
import dev.leadline.balancer.discovery.NameLookup.Answer;
import dev.leadline.balancer.discovery.NameLookup.Family;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the addresses of host names up to date: looks each one up again when its answer is too old.
 * Where there is no answer the former addresses stay. Not thread-safe: it belongs to one event
 * loop.
 */
final class Names {

  private static final Logger LOG = Logger.getLogger(Names.class.getName());

  /** More of one name are left out. */
  static final int MOST_ADDRESSES = 256;

  /** Time until a name is looked up again for which there was no answer. */
  private static final Duration RETRY = Duration.ofSeconds(5);

  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final NameTable table;
  private final Consumer<String> changed;
  private final Consumer<String> failed;
  private final Map<String, Followed> followed = new HashMap<>();
  private final Function<Dns, NameLookup> lookups;
  private @Nullable NameLookup lookup;
  private Dns config;

  /**
   * @param lookups makes what looks names up, when there is a first name
   * @param changed hears of a name that has other addresses than before
   * @param failed hears of each lookup of a name that had no answer
   */
  Names(
      Vertx vertx,
      Function<Dns, NameLookup> lookups,
      Dns config,
      NameTable table,
      Consumer<String> changed,
      Consumer<String> failed) {
    this.vertx = vertx;
    this.lookups = lookups;
    this.config = config;
    this.table = table;
    this.changed = changed;
    this.failed = failed;
  }

  /** From now on names are looked up in another way; what is known stays. */
  void use(Dns changedConfig) {
    if (changedConfig.equals(config)) {
      return;
    }
    config = changedConfig;
    closeLookup();
    followed.values().forEach(Followed::lookUp);
  }

  /** Follows exactly these names. */
  void follow(Set<String> names) {
    followed
        .values()
        .removeIf(
            it -> {
              boolean gone = !names.contains(it.name);
              if (gone) {
                it.stop();
              }
              return gone;
            });
    for (String name : names) {
      if (!followed.containsKey(name)) {
        Followed started = new Followed(name);
        followed.put(name, started);
        started.lookUp();
      }
    }
  }

  /** Comes when each of these names, which are followed, has been looked up once. */
  Future<?> lookedUp(Set<String> names) {
    return Future.all(
        followed.values().stream()
            .filter(it -> names.contains(it.name))
            .map(it -> it.first.future())
            .toList());
  }

  /** The addresses of this name, in an order that does not depend on the answer's. */
  List<String> addresses(String name) {
    Followed known = followed.get(name);
    return known == null ? List.of() : known.addresses();
  }

  /** Why the last lookup of this name failed; empty if it did not. */
  String problem(String name) {
    Followed known = followed.get(name);
    return known == null ? "" : known.problem;
  }

  void stop() {
    follow(Set.of());
    closeLookup();
  }

  private NameLookup lookup() {
    NameLookup known = lookup;
    if (known == null) {
      known = lookups.apply(config);
      lookup = known;
    }
    return known;
  }

  private void closeLookup() {
    if (lookup != null) {
      lookup.close();
      lookup = null;
    }
  }

  /** One name. */
  private final class Followed {
    private final String name;
    private final Promise<Void> first = Promise.promise();
    private List<String> v4 = List.of();
    private List<String> v6 = List.of();
    private String problem = "";
    private String said = "";
    private long saidNanos;
    private long timer = -1;
    private long number;
    private boolean stopped;

    Followed(String name) {
      this.name = name;
      table.unresolved(name, "it is being looked up");
    }

    List<String> addresses() {
      return Stream.concat(v4.stream(), v6.stream()).limit(MOST_ADDRESSES).toList();
    }

    void stop() {
      stopped = true;
      vertx.cancelTimer(timer);
      table.forget(name);
      first.tryComplete();
    }

    void lookUp() {
      vertx.cancelTimer(timer);
      long asked = ++number;
      Future.succeededFuture(name)
          .compose(it -> lookup().lookUp(it))
          .otherwise(Names::unknown)
          .onSuccess(
              answer -> {
                if (!stopped && asked == number) {
                  take(answer);
                }
              });
    }

    private void take(Answer answer) {
      List<String> before = addresses();
      problem = problemOf(answer);
      if (problem.isEmpty()) {
        v4 = sorted(answer.v4());
        v6 = sorted(answer.v6());
      } else if (before.isEmpty() || !isNothing(answer)) {
        // What is known of one family counts, though nothing is known of the other.
        v4 = answer.v4().isKnown() ? sorted(answer.v4()) : v4;
        v6 = answer.v6().isKnown() ? sorted(answer.v6()) : v6;
      }
      publish(before);
      Duration pause = problem.isEmpty() ? ttl(answer) : RETRY;
      timer = vertx.setTimer(within(pause).toMillis(), fired -> lookUp());
      first.tryComplete();
    }

    private void publish(List<String> before) {
      List<String> now = addresses();
      if (now.isEmpty()) {
        table.unresolved(name, problem);
      } else {
        table.resolved(name, now);
      }
      if (!problem.isEmpty()) {
        warn(now);
        failed.accept(name);
      } else if (!said.isEmpty()) {
        said = "";
        LOG.log(Level.INFO, "the name {0} resolves again", name);
      }
      if (!now.equals(before)) {
        changed.accept(name);
      }
    }

    /** At once for a new reason, then once a minute. */
    private void warn(List<String> now) {
      long nanos = System.nanoTime();
      if (problem.equals(said) && nanos - saidNanos < BETWEEN_WARNINGS.toNanos()) {
        return;
      }
      said = problem;
      saidNanos = nanos;
      LOG.log(
          Level.WARNING,
          "the name {0} does not resolve: {1}; {2}",
          new Object[] {
            name, problem, now.isEmpty() ? "it has no address" : "its former addresses stay"
          });
    }

    private Duration ttl(Answer answer) {
      return Stream.of(answer.v4(), answer.v6())
          .filter(it -> !it.addresses().isEmpty())
          .map(Family::ttl)
          .min(Duration::compareTo)
          .orElse(RETRY);
    }

    private Duration within(Duration pause) {
      Duration atLeast = pause.compareTo(config.leastTtl()) < 0 ? config.leastTtl() : pause;
      return atLeast.compareTo(config.mostTtl()) > 0 ? config.mostTtl() : atLeast;
    }
  }

  /** A lookup that fails otherwise than it should is made again, like one without an answer. */
  private static Answer unknown(Throwable failure) {
    Family none = Family.unknown("it cannot be looked up: " + failure);
    return new Answer(none, none, "");
  }

  private static boolean isNothing(Answer answer) {
    return answer.v4().addresses().isEmpty() && answer.v6().addresses().isEmpty();
  }

  private static String problemOf(Answer answer) {
    for (Family family : List.of(answer.v4(), answer.v6())) {
      if (!family.isKnown()) {
        return family.problem();
      }
    }
    return isNothing(answer) ? answer.none() : "";
  }

  private static List<String> sorted(Family family) {
    Function<InetAddress, String> text = NetUtil::toAddressString;
    TreeSet<String> addresses = new TreeSet<>();
    family.addresses().stream().map(text).forEach(addresses::add);
    return List.copyOf(addresses);
  }
}
