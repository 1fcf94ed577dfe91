package dev.leadline.simulation.engine;

/** What a {@link SimulatedServer} works on. */
abstract class Job implements Comparable<Job> {

  /** What becomes of a job at the server. */
  enum Answer {
    SERVED,
    FAILED
  }

  /** Seconds it takes alone on a server of speed 1. */
  final double workSeconds;

  /** Uniform in [0, 1): a server that fails a share of its jobs fails those below this share. */
  final double luck;

  /** The server's clock of work at which it leaves; known once it is in service. */
  double leavesAtWork;

  private long order;

  Job(double workSeconds, double luck) {
    this.workSeconds = workSeconds;
    this.luck = luck;
  }

  /** Told once, in virtual time, that the server is done with it. */
  abstract void left(Answer answer);

  void enterService(double workClock, long newOrder) {
    leavesAtWork = workClock + workSeconds;
    order = newOrder;
  }

  @Override
  public int compareTo(Job other) {
    int byWork = Double.compare(leavesAtWork, other.leavesAtWork);
    return byWork != 0 ? byWork : Long.compare(order, other.order);
  }
}
