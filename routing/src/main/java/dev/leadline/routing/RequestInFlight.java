package dev.leadline.routing;

import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.StrangerLoad;
import dev.leadline.routing.target.TargetState;
import org.jspecify.annotations.Nullable;

/**
 * A request that was sent to a target. It ends once, with the first call of {@link #succeeded},
 * {@link #failed} or {@link #ignored}; later calls have no effect. Not thread-safe.
 */
public final class RequestInFlight {

  private final GroupRouter router;
  private final TargetState state;
  private final long openedNanos;
  private final TargetSelector chosenBy;
  private final double mark;
  private final StrangerLoad.@Nullable Guess guess;
  private boolean closed;

  RequestInFlight(
      GroupRouter router,
      TargetState state,
      long openedNanos,
      TargetSelector chosenBy,
      double mark,
      StrangerLoad.@Nullable Guess guess) {
    this.router = router;
    this.state = state;
    this.openedNanos = openedNanos;
    this.chosenBy = chosenBy;
    this.mark = mark;
    this.guess = guess;
  }

  /** State of the target. Callers must not change it. */
  public TargetState target() {
    return state;
  }

  /**
   * The target works, and the request goes on for long and will end as {@link #ignored}: such as a
   * tunnel that it has granted.
   */
  public void worksOn() {
    if (!closed) {
      router.worksOn(chosenBy, state);
    }
  }

  /** The target answered, and not with a server error. */
  public void succeeded() {
    close(Outcome.SUCCEEDED);
  }

  /** The target refused, reset, timed out, broke off, or answered with a server error. */
  public void failed() {
    close(Outcome.FAILED);
  }

  /** The request ended in a way that says nothing about the target, such as a client that left. */
  public void ignored() {
    close(Outcome.IGNORED);
  }

  private void close(Outcome outcome) {
    if (!closed) {
      closed = true;
      router.close(chosenBy, state, outcome, openedNanos, mark, guess);
    }
  }
}
