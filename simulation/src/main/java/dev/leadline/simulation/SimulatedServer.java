package dev.leadline.simulation;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A queueing server in virtual time, with {@code workers} workers and a speed that may change while
 * requests are in service; speed 0 is a frozen process.
 *
 * <p>Both disciplines share one idea: a clock of work that advances with the rate at which each
 * request in service is worked on. A request that enters service when this clock shows {@code w}
 * and needs {@code s} seconds of work leaves when it shows {@code w + s}, whatever the rate did
 * meanwhile.
 */
final class SimulatedServer {
  /** How requests share the workers. */
  enum Discipline {
    /** First come, first served: at most {@code workers} in service, the others wait. */
    FIFO,
    /** All are in service and share the workers evenly. */
    PROCESSOR_SHARING
  }

  /** What becomes of a request at the server. */
  enum Answer {
    SERVED,
    FAILED
  }

  private record Job(double work, Consumer<Answer> done) {}

  private record InService(double leavesAtWork, long order, Job job)
      implements Comparable<InService> {
    @Override
    public int compareTo(InService other) {
      int byWork = Double.compare(leavesAtWork, other.leavesAtWork);
      return byWork != 0 ? byWork : Long.compare(order, other.order);
    }
  }

  private final EventQueue events;
  private final Discipline discipline;
  private final int workers;
  private final PriorityQueue<InService> inService = new PriorityQueue<>();
  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private double speed;
  private double workClock;
  private long updatedNanos;
  private long order;
  private long wakeUp;
  private double failureShare;
  private long failureNanos;

  SimulatedServer(EventQueue events, Discipline discipline, int workers, double speed) {
    this.events = events;
    this.discipline = discipline;
    this.workers = workers;
    this.speed = speed;
  }

  /** Requests that arrived and have not left. */
  int requestsInFlight() {
    return inService.size() + waiting.size();
  }

  /** Share of the requests that fail at once. */
  double failureShare() {
    return failureShare;
  }

  double speed() {
    return speed;
  }

  /** Workers times speed: seconds of work a second. */
  double capacity() {
    return workers * speed;
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

  /**
   * A request arrives.
   *
   * @param workSeconds the time it takes alone at speed 1
   * @param luck uniform in [0, 1), drawn by the caller so that all policies meet the same luck
   * @param done told once, in virtual time, what became of it
   */
  void arrive(double workSeconds, double luck, Consumer<Answer> done) {
    if (luck < failureShare) {
      events.after(failureNanos, () -> done.accept(Answer.FAILED));
      return;
    }
    advance();
    Job job = new Job(workSeconds, done);
    if (discipline == Discipline.FIFO && inService.size() >= workers) {
      waiting.add(job);
    } else {
      enter(job);
      scheduleNextLeave();
    }
  }

  private void enter(Job job) {
    inService.add(new InService(workClock + job.work, order++, job));
  }

  private double rate() {
    int busy = inService.size();
    if (discipline == Discipline.FIFO || busy <= workers) {
      return speed;
    }
    return speed * workers / busy;
  }

  private void advance() {
    long now = events.nowNanos();
    workClock += (now - updatedNanos) * 1e-9 * rate();
    updatedNanos = now;
  }

  private void scheduleNextLeave() {
    long thisWakeUp = ++wakeUp;
    InService next = inService.peek();
    double rate = rate();
    if (next == null || rate <= 0) {
      return;
    }
    double seconds = Math.max(0, next.leavesAtWork - workClock) / rate;
    events.after((long) Math.ceil(seconds * 1e9), () -> leave(thisWakeUp));
  }

  private void leave(long scheduledWakeUp) {
    if (scheduledWakeUp != wakeUp) {
      return; // something arrived or the speed changed since: another wake-up stands
    }
    advance();
    InService left = inService.remove();
    @Nullable Job next = waiting.poll();
    if (next != null) {
      enter(next);
    }
    scheduleNextLeave();
    left.job.done.accept(Answer.SERVED);
  }
}
