package dev.leadline.routing;

import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.target.TargetState;
import org.jspecify.annotations.Nullable;

/**
 * A request that asks a {@link GroupRouter} for a target. It gets exactly one answer, now or later.
 */
public interface PendingRequest extends PolicyRequest {

  /** Send it to this target, and close {@code inFlight} when it has ended. */
  void forward(RequestInFlight inFlight);

  /** There is no target for it. */
  void refuse(Refusal reason);

  @Override
  default long flow() {
    return 0;
  }

  /**
   * A target that must not be chosen while there is another, because it has this request already:
   * the one that failed before a second attempt, or the one that is slow before a hedge. Null if
   * there is none.
   */
  default @Nullable TargetState avoid() {
    return null;
  }
}
