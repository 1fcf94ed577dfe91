package dev.leadline.simulation.scenario;

/**
 * A server as it is at the start.
 *
 * @param discipline how requests share its workers
 * @param workers how many requests it works on at full speed
 * @param speed seconds of work that a worker does in a second
 */
public record Server(Discipline discipline, int workers, double speed) {

  /** Seconds of work it does in a second when it is busy. */
  public double capacity() {
    return workers * speed;
  }
}
