package dev.leadline.simulation.engine;

import dev.leadline.simulation.engine.Job.Answer;
import dev.leadline.simulation.scenario.Discipline;
import dev.leadline.simulation.scenario.Server;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A queueing server in virtual time, with {@code workers} workers and a speed that may change while
 * requests are in service; speed 0 is a frozen process.
 *
 * <p>Both disciplines use a work clock, which advances with the rate at which each request in
 * service is processed. A request that enters service at {@code w} on this clock and needs {@code
 * s} seconds of work leaves at {@code w + s}, however the rate changes.
 */
final class SimulatedServer {

  private final EventQueue events;
  private final int number;
  private final Server kind;
  private final Runnable whenLeft;
  private final EventQueue.Timer nextLeave;
  private final PriorityQueue<Job> inService = new PriorityQueue<>();
  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private double speed;
  private double workClock;
  private double busySeconds;
  private long updatedNanos;
  private long order;
  private double failureShare;
  private int longPolls;
  private long failureNanos;

  /**
   * @param number its index in the scenario
   * @param whenLeft called after each request that left
   */
  SimulatedServer(EventQueue events, int number, Server kind, Runnable whenLeft) {
    this.events = events;
    this.number = number;
    this.kind = kind;
    this.whenLeft = whenLeft;
    nextLeave = events.timer(this::leave);
    speed = kind.speed();
  }

  int number() {
    return number;
  }

  int workers() {
    return kind.workers();
  }

  double speed() {
    return speed;
  }

  Discipline discipline() {
    return kind.discipline();
  }

  /**
   * Seconds for which its workers were busy, averaged over the workers; a frozen server is not
   * busy.
   */
  double busySeconds() {
    advance();
    return busySeconds;
  }

  /** Requests in service. */
  int inService() {
    return inService.size();
  }

  /** Long polls, which take no worker. */
  int longPolls() {
    return longPolls;
  }

  /** A long poll came (1) or left (-1). */
  void addLongPolls(int count) {
    longPolls += count;
  }

  /** Requests that wait for a worker. */
  int waiting() {
    return waiting.size();
  }

  /** Whether it would fail this job. */
  boolean fails(Job job) {
    return job.luck < failureShare;
  }

  /** Sum of {@code share(remaining work)} over all requests at this server. */
  double sumOfRemainingWork(DoubleUnaryOperator share) {
    advance();
    double sum = 0;
    for (Job job : inService) {
      sum += share.applyAsDouble(Math.max(0, job.leavesAtWork - workClock));
    }
    for (Job job : waiting) {
      sum += share.applyAsDouble(job.workSeconds);
    }
    return sum;
  }

  /**
   * Writes, from index {@code first}, the seconds until each worker is free: 0 if it is idle,
   * infinite if the server is frozen. For servers with at most one request per worker.
   */
  void secondsUntilFree(double[] into, int first) {
    advance();
    Arrays.fill(into, first, first + workers(), speed > 0 ? 0 : Double.POSITIVE_INFINITY);
    int worker = first;
    for (Job job : inService) {
      into[worker++] = Math.max(1e-9, job.leavesAtWork - workClock) / speed;
    }
  }

  /** From now on, work is done at {@code newSpeed} (1 is normal, 0 frozen). */
  void setSpeed(double newSpeed) {
    advance();
    speed = newSpeed;
    scheduleNextLeave();
  }

  /** From now on this share of the requests fails after {@code afterNanos}, without any work. */
  void setFailing(double share, long afterNanos) {
    failureShare = share;
    failureNanos = afterNanos;
  }

  /** A request arrives. */
  void arrive(Job job) {
    if (fails(job)) {
      events.after(failureNanos, () -> job.left(Answer.FAILED));
      return;
    }
    if (discipline() == Discipline.FIFO && inService.size() >= workers()) {
      waiting.add(job);
      return;
    }
    advance();
    enter(job);
    scheduleNextLeave();
  }

  private void enter(Job job) {
    job.enterService(workClock, order++);
    inService.add(job);
  }

  private double rate() {
    int busy = inService.size();
    return busy <= workers() ? speed : speed * workers() / busy;
  }

  private void advance() {
    long now = events.nowNanos();
    double seconds = (now - updatedNanos) * 1e-9;
    workClock += seconds * rate();
    if (speed > 0) {
      busySeconds += seconds * Math.min(workers(), inService.size()) / workers();
    }
    updatedNanos = now;
  }

  private void scheduleNextLeave() {
    Job next = inService.peek();
    double rate = rate();
    if (next == null || rate <= 0) {
      nextLeave.cancel();
      return;
    }
    double seconds = Math.max(0, next.leavesAtWork - workClock) / rate;
    nextLeave.set(events.nowNanos() + (long) Math.ceil(seconds * 1e9));
  }

  private void leave() {
    advance();
    Job left = inService.remove();
    @Nullable Job next = waiting.poll();
    if (next != null) {
      enter(next);
    }
    scheduleNextLeave();
    left.left(Answer.SERVED);
    whenLeft.run();
  }
}
