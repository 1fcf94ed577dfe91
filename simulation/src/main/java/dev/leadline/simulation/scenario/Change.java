package dev.leadline.simulation.scenario;

import java.time.Duration;

/** What may become of a server while a scenario goes on. */
public sealed interface Change {

  /** It works at {@code speed}: 1 is normal, 0 a frozen process. */
  record Speed(double speed) implements Change {}

  /** This share of its requests fails {@code after} they came, without any work. */
  record Failing(double share, Duration after) implements Change {}

  /** It becomes a member of the target group; before the first time it was none. */
  record Joins() implements Change {}

  /** It is taken out of the target group and ends what it has begun. */
  record Leaves() implements Change {}

  /** A change of one server at one time. */
  record Event(double atSeconds, int server, Change change) {}
}
