package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import org.jspecify.annotations.Nullable;

/** A second attempt of a slow {@link ProxiedRequest} beside the first, at another target. */
final class Hedge implements PendingRequest {

  private final ProxiedRequest request;
  private final Attempts attempts;
  private final ProxyGroup group;
  private final TargetState slow;
  private @Nullable Attempt attempt;
  private boolean over;

  Hedge(ProxiedRequest request, Attempts attempts, ProxyGroup group, TargetState slow) {
    this.request = request;
    this.attempts = attempts;
    this.group = group;
    this.slow = slow;
  }

  @Override
  public long flow() {
    return request.flow();
  }

  @Override
  public TargetState avoid() {
    return slow;
  }

  @Override
  public void forward(RequestInFlight chosen) {
    if (chosen.target() == slow) {
      over = true;
      chosen.ignored();
      return;
    }
    attempt = attempts.add(chosen, Purpose.HEDGE);
    attempt.start();
  }

  @Override
  public void refuse(Refusal reason) {
    giveUp();
  }

  /** The attempt, once it has a target. */
  @Nullable Attempt attempt() {
    return attempt;
  }

  boolean isRunning() {
    return !over && attempt != null;
  }

  /** Its attempt is over, or there will be none. */
  void giveUp() {
    over = true;
  }

  void end() {
    over = true;
    if (attempt == null) {
      group.router().withdraw(this);
    } else {
      attempt.end(Outcome.IGNORED);
    }
  }
}
