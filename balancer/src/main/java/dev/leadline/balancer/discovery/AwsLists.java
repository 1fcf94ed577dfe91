package dev.leadline.balancer.discovery;

import dev.leadline.balancer.config.AwsMembers;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps lists of members that AWS knows up to date. Groups that ask for the same share a list. Not
 * thread-safe: it belongs to one event loop. What blocks is done on one thread beside it, one list
 * after the other.
 */
final class AwsLists {

  /** While there is no answer a list is asked for no less often. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** Makes what asks AWS; it may block, and is made when there is a first list. */
  @FunctionalInterface
  interface Calls {
    AwsCalls make() throws AwsProblem;
  }

  /** A list is not here, and the message says why. */
  static final class NotListed extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotListed(String message) {
      super(message, null, false, false);
    }
  }

  private final Vertx vertx;
  private final Calls maker;
  private final DoubleSupplier random;
  private final Map<AwsMembers, Followed> followed = new HashMap<>();
  private @Nullable WorkerExecutor worker;
  private @Nullable AwsCalls calls;

  /**
   * @param random from 0 to 1: balancers that start together do not ask together for ever
   */
  AwsLists(Vertx vertx, Calls maker, DoubleSupplier random) {
    this.vertx = vertx;
    this.maker = maker;
    this.random = random;
  }

  /** What makes two lists the same, however often they are to be looked at. */
  private static AwsMembers key(AwsMembers members) {
    return new AwsMembers(members.targetGroup(), members.tags(), members.port(), Duration.ZERO);
  }

  /** Follows exactly these; of those that are the same the shortest time between looks counts. */
  void follow(Set<AwsMembers> wanted) {
    Map<AwsMembers, Duration> refresh = new HashMap<>();
    wanted.forEach(
        it ->
            refresh.merge(
                key(it), it.refresh(), (one, other) -> one.compareTo(other) < 0 ? one : other));
    followed
        .entrySet()
        .removeIf(
            it -> {
              boolean gone = !refresh.containsKey(it.getKey());
              if (gone) {
                it.getValue().stop();
              }
              return gone;
            });
    refresh.forEach(
        (key, pause) -> {
          Followed known = followed.get(key);
          if (known != null) {
            known.refresh(pause);
          } else {
            Followed started = new Followed(key, pause);
            followed.put(key, started);
            started.look();
          }
        });
  }

  /** The last list that came; absent: none ever did. */
  Optional<List<Target>> last(AwsMembers members) {
    return Optional.ofNullable(followed.get(key(members))).map(it -> it.listed);
  }

  /**
   * Waits for the first list of each of these, which are followed.
   *
   * @param limit of the whole
   * @return fails with {@link NotListed} if one did not come in time
   */
  Future<?> listed(Set<AwsMembers> some, Duration limit) {
    List<Followed> awaited =
        some.stream().map(it -> followed.get(key(it))).filter(Objects::nonNull).toList();
    if (awaited.stream().allMatch(it -> it.listed != null)) {
      return Future.succeededFuture();
    }
    Promise<Void> known = Promise.promise();
    long timer =
        vertx.setTimer(
            limit.toMillis(),
            fired ->
                awaited.stream()
                    .filter(it -> it.listed == null)
                    .findFirst()
                    .ifPresent(it -> known.tryFail(it.missing(limit))));
    Future.all(awaited.stream().map(it -> it.first.future()).toList())
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              known.tryComplete();
            });
    return known.future();
  }

  /** A source for one group, of a list that is followed. */
  MemberSource source(AwsMembers members) {
    return new MemberSource() {
      private @Nullable Listener listening;

      @Override
      public void start(Listener listener) {
        listening = listener;
        Objects.requireNonNull(followed.get(key(members))).listeners.add(listener);
      }

      @Override
      public void stop() {
        Followed known = followed.get(key(members));
        if (known != null && listening != null) {
          known.listeners.remove(listening);
        }
      }
    };
  }

  /** Follows nothing any more. */
  void stop() {
    follow(Set.of());
    WorkerExecutor started = worker;
    if (started != null) {
      started.executeBlocking(this::closeCalls).onComplete(closed -> started.close());
      worker = null;
    }
  }

  private boolean closeCalls() {
    AwsCalls made = calls;
    calls = null;
    if (made != null) {
      made.close();
    }
    return true;
  }

  private WorkerExecutor worker() {
    WorkerExecutor started = worker;
    if (started == null) {
      started = vertx.createSharedWorkerExecutor("leadline-aws", 1, 5, TimeUnit.MINUTES);
      worker = started;
    }
    return started;
  }

  /** On the worker's only thread. */
  private AwsCalls calls() throws AwsProblem {
    AwsCalls made = calls;
    if (made == null) {
      made = new PacedCalls(maker.make());
      calls = made;
    }
    return made;
  }

  /** One list. */
  private final class Followed {
    private final AwsMembers members;
    private final Set<MemberSource.Listener> listeners = new LinkedHashSet<>();
    private final Promise<Void> first = Promise.promise();
    private Duration refresh;
    private @Nullable AwsLister lister; // Of the worker's thread.
    private @Nullable List<Target> listed;
    private String problem = "";
    private int failures;
    private long timer = -1;
    private boolean stopped;

    Followed(AwsMembers members, Duration refresh) {
      this.members = members;
      this.refresh = refresh;
    }

    void stop() {
      stopped = true;
      vertx.cancelTimer(timer);
      first.tryComplete();
    }

    /** Takes over another pause; if it is shorter, it begins with a look now. */
    void refresh(Duration pause) {
      boolean sooner = pause.compareTo(refresh) < 0;
      refresh = pause;
      if (sooner && vertx.cancelTimer(timer)) { // If not, it is being asked for.
        look();
      }
    }

    NotListed missing(Duration limit) {
      return new NotListed(
          "%s: AWS did not list them within %d s%s"
              .formatted(
                  members.what(), limit.toSeconds(), problem.isEmpty() ? "" : ": " + problem));
    }

    void look() {
      worker()
          .executeBlocking(this::ask)
          .onComplete(
              found -> {
                if (!stopped) {
                  take(found);
                }
              },
              cause -> {
                if (!stopped) {
                  failed(cause instanceof AwsProblem ? cause.getMessage() : cause.toString());
                }
              });
    }

    private List<Target> ask() throws AwsProblem {
      AwsLister made = lister;
      if (made == null) {
        made = new AwsLister(members, calls(), System::nanoTime);
        lister = made;
      }
      return made.list();
    }

    /**
     * Where there were members, an empty list changes nothing. AWS forgets more often than a whole
     * group ends, and members that are gone fail their health checks.
     */
    private void take(List<Target> found) {
      List<Target> before = listed;
      if (found.isEmpty() && before != null && !before.isEmpty()) {
        failed("AWS lists none where there were " + before.size());
        return;
      }
      failures = 0;
      problem = "";
      listed = found;
      again(refresh, 0.9, 1.1);
      List.copyOf(listeners).forEach(it -> it.listed(found));
      first.tryComplete();
    }

    private void failed(@Nullable String reason) {
      problem = members.what() + ": " + reason;
      Duration longest = refresh.compareTo(LONGEST_PAUSE) > 0 ? refresh : LONGEST_PAUSE;
      Duration pause = refresh.multipliedBy(1L << Math.min(failures++, 10));
      again(pause.compareTo(longest) > 0 ? longest : pause, 0.5, 1);
      new ArrayList<>(listeners).forEach(it -> it.failed(problem));
    }

    private void again(Duration pause, double least, double most) {
      double share = least + (most - least) * random.getAsDouble();
      timer = vertx.setTimer(Math.max(1, (long) (pause.toMillis() * share)), fired -> look());
    }
  }
}
