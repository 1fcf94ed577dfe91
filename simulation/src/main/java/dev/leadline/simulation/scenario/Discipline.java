package dev.leadline.simulation.scenario;

/** How the requests at a server share its workers. */
public enum Discipline {
  /** First come, first served: as many as there are workers in service, the others wait. */
  FIFO,
  /** All are in service and share the workers evenly; none gets more than one worker. */
  PROCESSOR_SHARING
}
