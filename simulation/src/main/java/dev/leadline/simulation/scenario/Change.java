package dev.leadline.simulation.scenario;

import java.time.Duration;

/** A change of a server during a scenario. */
public sealed interface Change {

  /** It works at {@code speed}: 1 is normal, 0 is a frozen process. */
  record Speed(double speed) implements Change {}

  /** This share of its requests fails {@code after} their arrival, without any work. */
  record Failing(double share, Duration after) implements Change {}

  /** It joins the target group. A server that joins is not a member at the start. */
  record Joins() implements Change {}

  /** It leaves the target group and finishes its requests. */
  record Leaves() implements Change {}

  /** A change of one server at one time. */
  record Event(double atSeconds, int server, Change change) {}
}
