package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Audit;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Run.Step;
import dev.leadline.bench.stats.Knee;
import dev.leadline.bench.stats.StepFigures;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One burst under way, on all its event loops. Belongs to the thread that started it. */
final class Burst {
  /** The queue of one step must not be counted as slowness of the next. */
  private static final long PAUSE_BETWEEN_STEPS_MILLIS = 200;

  private final LoadSpec spec;
  private final PlannedBurst planned;
  private final List<InetAddress> addresses;
  private final List<ClientLoop> clients;
  private final Clock clock;
  private final List<LoadLoop> loops = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  Burst(
      LoadSpec spec,
      PlannedBurst planned,
      Balancer balancer,
      List<InetAddress> addresses,
      List<ClientLoop> clients,
      Clock clock) {
    this.spec = spec;
    this.planned = planned;
    this.addresses = addresses;
    this.clients = clients.subList(0, spec.load().loops());
    this.clock = clock;
    for (int index = 0; index < this.clients.size(); index++) {
      loops.add(
          new LoadLoop(
              this.clients.get(index), spec, index, planned.cell().path(), balancer, addresses));
    }
  }

  /**
   * Sends everything and waits until every request has ended.
   *
   * @throws InterruptedException when the thread is interrupted. A soak and a ramp go on for so
   *     long that what they have shown by then is answered instead, with the thread's flag set
   *     again
   */
  BurstGenerator.Result run() throws InterruptedException {
    if (spec.preConnect()) {
      onEachLoop(LoadLoop::connect);
    }
    SelfAudit audit = new SelfAudit(clock);
    Instant startedAt = clock.instant();
    long origin = clients.get(0).nanoTime();
    loops.forEach(loop -> loop.startAt(origin));
    boolean interrupted = false;
    try {
      sendAll(origin);
    } catch (InterruptedException e) {
      cutOff(e);
      interrupted = true;
    }
    Audit found = audit.end(spec.load().pattern(), loops);
    onEachLoop(LoadLoop::close);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return new BurstGenerator.Result(record(startedAt, found), samples(), numberReached());
  }

  /**
   * Keeps of a soak the requests before the first one that has not ended: without those that are
   * slow now, the later ones would look better than they were. Keeps of a ramp the steps that have
   * ended, for the same reason.
   */
  private void cutOff(InterruptedException interruption) throws InterruptedException {
    Pattern pattern = spec.load().pattern();
    if (pattern != Pattern.SOAK && pattern != Pattern.RAMP) {
      throw interruption;
    }
    onEachLoop(LoadLoop::stop);
    long complete = pattern == Pattern.SOAK ? endOfWhole() : endOfSteps();
    loops.forEach(loop -> loop.samples().cutAt(complete));
    if (loops.stream().allMatch(loop -> loop.samples().size() == 0)) {
      throw interruption;
    }
  }

  private long endOfWhole() {
    return loops.stream().mapToLong(LoadLoop::completeUntilNanos).min().orElse(0);
  }

  private long endOfSteps() {
    return steps.stream()
        .mapToLong(step -> step.startNanos() + step.durationNanos())
        .max()
        .orElse(0);
  }

  /** Whether a closed loop ended because of the number of its requests, before its time. */
  private boolean numberReached() {
    long durationNanos = spec.load().durationMillis() * 1_000_000;
    return loops.stream().anyMatch(loop -> loop.endNanos() < durationNanos);
  }

  private void sendAll(long origin) throws InterruptedException {
    Load load = spec.load();
    if (load.pattern() != Pattern.RAMP) {
      send(load.perSecond(), 0, 0);
      return;
    }
    List<StepFigures> figures = new ArrayList<>();
    for (double rate : load.rates()) {
      long startNanos = clients.get(0).nanoTime() - origin;
      Step step = new Step(rate, startNanos, load.durationMillis() * 1_000_000);
      send(rate, startNanos, steps.size() + 1);
      steps.add(step);
      BurstSamples all = samples();
      figures.addAll(StepFigures.of(List.of(step), all::forEach, spec.timeout().toNanos()));
      if (Knee.of(figures).passed()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_BETWEEN_STEPS_MILLIS);
    }
  }

  private BurstSamples samples() {
    return new BurstSamples(planned, loops.stream().map(LoadLoop::samples).toList());
  }

  private void send(double rate, long startNanos, int step) throws InterruptedException {
    Load load = spec.load();
    // Each burst has random moments of its own, and the same ones when a run is repeated.
    long seed = spec.seed() + 31L * planned.round() + planned.cell().hashCode() + step;
    List<CompletableFuture<Void>> started = new ArrayList<>();
    for (int index = 0; index < loops.size(); index++) {
      LoadLoop loop = loops.get(index);
      var pacer = load.pacer(rate, index, seed);
      int users = load.connections(index) * (load.users() > 0 ? load.streams() : 0);
      started.add(clients.get(index).run(() -> loop.send(pacer, users, startNanos)));
    }
    await(started);
  }

  private void onEachLoop(Function<LoadLoop, Future<?>> step) throws InterruptedException {
    List<CompletableFuture<Void>> started = new ArrayList<>();
    for (int index = 0; index < loops.size(); index++) {
      LoadLoop loop = loops.get(index);
      started.add(clients.get(index).run(() -> step.apply(loop)));
    }
    await(started);
  }

  private static void await(List<CompletableFuture<Void>> started) throws InterruptedException {
    for (CompletableFuture<Void> done : started) {
      try {
        done.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof OutOfMemoryError full) {
          throw full;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  private BurstRecord record(Instant startedAt, Audit audit) {
    Set<InetAddress> reached = new HashSet<>();
    loops.forEach(loop -> reached.addAll(loop.reached()));
    return new BurstRecord(
        planned.phase(),
        planned.round(),
        planned.cell().path(),
        planned.cell().balancer(),
        startedAt,
        loops.stream().mapToInt(LoadLoop::maxInFlight).sum(),
        loops.stream().mapToInt(LoadLoop::maxAwaitingAnswer).sum(),
        addresses.stream()
            .filter(address -> reached.isEmpty() || reached.contains(address))
            .map(InetAddress::getHostAddress)
            .toList(),
        loops.stream().mapToInt(loop -> loop.samples().size()).sum(),
        loops.stream().mapToInt(LoadLoop::connectionsOpened).sum(),
        steps,
        audit);
  }
}
