package dev.leadline.routing;

import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.target.TargetState;
import org.jspecify.annotations.Nullable;

/**
 * A request that needs a target. {@link GroupRouter#route} calls exactly one of {@link #forward}
 * and {@link #refuse}, at once or later, unless the request is withdrawn.
 */
public interface PendingRequest extends PolicyRequest {

  /**
   * Sends the request to the chosen target; the caller closes {@code inFlight} when it has ended.
   */
  void forward(RequestInFlight inFlight);

  /** The request gets no target. */
  void refuse(Refusal reason);

  @Override
  default long flow() {
    return 0;
  }

  /**
   * A target to avoid if there is another, or null: the one whose first attempt failed, or the slow
   * one that a hedged request should not meet again.
   */
  default @Nullable TargetState avoid() {
    return null;
  }

  /**
   * The target that the request belongs to, or null: it gets this one without the policy being
   * asked, whenever it may be chosen for the request at all.
   */
  default @Nullable TargetState preferred() {
    return null;
  }
}
