package dev.leadline.simulation.scenario;

/** How the requests at a server share its workers. */
public enum Discipline {
  /** First come, first served: each worker serves one request, the others wait. */
  FIFO,
  /** All requests share the workers equally; none gets more than one worker. */
  PROCESSOR_SHARING
}
