package dev.leadline.routing;

/**
 * A request that asks a {@link GroupRouter} for a target. It gets exactly one answer, now or later.
 */
public interface PendingRequest {

  /** Send it to this target, and close {@code inFlight} when it has ended. */
  void forward(RequestInFlight inFlight);

  /** There is no target for it. */
  void refuse();
}
