package dev.leadline.routing;

import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Eight servers in virtual time, a millisecond a step, to which everything happens that can happen
 * to servers: three of them are slow, one fails at once for a while, one fails now and then, one
 * freezes, one recovers, some requests only sleep, some come all at once, targets leave and come
 * back. What a router chose for each request is what counts.
 */
final class World {

  private static final long MILLI = 1_000_000;
  private static final int SERVERS = 8;
  private static final int SECONDS = 40;

  private final SplittableRandom random = new SplittableRandom(11);
  private final List<ArrayDeque<Request>> queues = new ArrayList<>();
  private final List<Request> sleeping = new ArrayList<>();
  private final GroupRouter router;
  private long nowNanos;
  private long digest = 17;

  private final class Request implements PendingRequest {
    final boolean sleeps = random.nextInt(25) == 0;
    final long flow = random.nextLong();
    double workMillis = 4 * random.nextExponential();
    long wakesNanos;
    int server;
    private @Nullable RequestInFlight inFlight;

    RequestInFlight inFlight() {
      return Objects.requireNonNull(inFlight);
    }

    @Override
    public void forward(RequestInFlight chosen) {
      inFlight = chosen;
      server = chosen.target().target().port() - 1;
      note(server);
      if (fails()) {
        chosen.failed();
      } else if (sleeps) {
        wakesNanos = nowNanos + 900 * MILLI;
        sleeping.add(this);
      } else {
        queues.get(server).add(this);
      }
    }

    private boolean fails() {
      long second = nowNanos / 1000 / MILLI;
      return (server == 1 && second >= 8 && second < 14) || (server == 2 && random.nextInt(8) == 0);
    }

    @Override
    public void refuse(Refusal reason) {
      note(reason.name().length());
    }

    @Override
    public long flow() {
      return flow;
    }
  }

  private World(GroupSettings settings) {
    for (int i = 0; i < SERVERS; i++) {
      queues.add(new ArrayDeque<>());
    }
    router =
        new GroupRouter(
            group(SERVERS),
            settings,
            () -> nowNanos,
            new SplittableRandom(3),
            this::probe,
            new RoutingObserver() {
              @Override
              public void ejected(TargetState target, boolean ejected) {
                note(200 + target.index());
              }

              @Override
              public void failOpen(boolean open) {
                note(300);
              }
            });
  }

  /** Everything that was chosen, in one number. */
  static String digestOf(GroupSettings settings) {
    World world = new World(settings);
    for (int step = 0; step < SECONDS * 1000; step++) {
      world.step(step);
    }
    return Long.toHexString(world.digest);
  }

  private static TargetGroup group(int... left) {
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      if (i != left[0]) {
        targets.add(new Target("t" + i, "10.0.0.1", i + 1, 1 + i % 2));
      }
    }
    return new TargetGroup("world", targets);
  }

  private void note(long what) {
    digest = digest * 31 + what;
  }

  private double speed(int server) {
    long second = nowNanos / 1000 / MILLI;
    if (server == 4 && second >= 10 && second < 14) {
      return 0;
    }
    if (server == 5) {
      return second < 22 ? 0.06 : 1;
    }
    return server >= 6 ? 0.4 : 1;
  }

  private boolean probe(TargetState target) {
    note(400 + target.index());
    long nanos = (long) (MILLI / Math.max(0.01, speed(target.target().port() - 1)));
    answers.add(new Probed(target, nanos));
    return true;
  }

  private record Probed(TargetState target, long nanos) {}

  private final ArrayDeque<Probed> answers = new ArrayDeque<>();

  private void step(int step) {
    nowNanos += MILLI;
    while (!answers.isEmpty()) {
      Probed answer = answers.poll();
      router.probed(answer.target, Optional.of(answer.nanos));
    }
    for (int server = 0; server < SERVERS; server++) {
      serve(server);
    }
    List<Request> awake = sleeping.stream().filter(it -> it.wakesNanos <= nowNanos).toList();
    sleeping.removeAll(awake);
    awake.forEach(it -> it.inFlight().succeeded());
    double rate = step % 10_000 < 7000 ? 0.9 : 0.2;
    int arrive = random.nextDouble() < rate ? 1 : 0;
    arrive += step % 9000 == 8000 ? 150 : 0;
    for (int i = 0; i < arrive; i++) {
      router.route(new Request());
    }
    if (step % 50 == 0) {
      router.tick();
    }
    if (step % 1000 == 500) {
      for (TargetState state : router.states()) {
        int server = state.target().port() - 1;
        router.measured(state, 100 - 60 * speed(server), Duration.ofSeconds(5));
        router.checked(state, speed(server) > 0);
        if (step % 2000 == 500) {
          router.probed(state, Optional.of((long) (2 * MILLI / Math.max(0.01, speed(server)))));
        }
      }
    }
    if (step % 6000 == 4000) {
      router.update(group(step / 6000 % SERVERS));
    } else if (step % 6000 == 5000) {
      router.update(group(SERVERS));
    }
  }

  /** A millisecond of one worker, first come first served; three at a time on the odd ones. */
  private void serve(int server) {
    ArrayDeque<Request> queue = queues.get(server);
    double left = speed(server) * (server % 2 == 1 ? 3 : 1);
    while (left > 0 && !queue.isEmpty()) {
      Request first = queue.peek();
      double done = Math.min(left, first.workMillis);
      first.workMillis -= done;
      left -= done;
      if (first.workMillis <= 1e-9) {
        queue.remove();
        if (random.nextInt(200) == 0) {
          first.inFlight().ignored();
        } else {
          first.inFlight().succeeded();
        }
      }
    }
  }
}
