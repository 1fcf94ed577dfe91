package dev.leadline.simulation.engine;

/** What a {@link SimulatedServer} works on. */
abstract class Job implements Comparable<Job> {

  /** How a job ends at the server. */
  enum Answer {
    SERVED,
    FAILED
  }

  /** Seconds it takes alone on a server of speed 1. */
  final double workSeconds;

  /**
   * Uniform in [0, 1): a server that fails a share of its jobs fails those whose luck is below the
   * share.
   */
  final double luck;

  /** The server's work clock when the job leaves; set when it enters service. */
  double leavesAtWork;

  private long order;

  Job(double workSeconds, double luck) {
    this.workSeconds = workSeconds;
    this.luck = luck;
  }

  /** Called once, when the server has finished with the job. */
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
