package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of an {@link ProxiedRequest}: the first one, and at most one more at another target,
 * when it has failed, or beside it while it is slow. Not thread-safe.
 */
final class Attempts {

  private final ProxiedRequest request;
  private final Proxy proxy;
  private final ProxyGroup group;
  private List<Attempt> all = List.of();
  private @Nullable Attempt current;
  private @Nullable Hedge hedge;
  private @Nullable TargetState failedTarget;

  Attempts(ProxiedRequest request, Proxy proxy, ProxyGroup group) {
    this.request = request;
    this.proxy = proxy;
    this.group = group;
  }

  /** Begins the first one, or the one after it; whether it is the first. */
  boolean begin(RequestInFlight chosen) {
    boolean first = failedTarget == null;
    Attempt next = add(chosen, first ? Purpose.FIRST : Purpose.RETRY);
    current = next;
    next.start();
    return first;
  }

  /** Adds one that has yet to start. */
  Attempt add(RequestInFlight chosen, Purpose purpose) {
    Attempt made = new Attempt(request, proxy, group, chosen, purpose);
    if (all.isEmpty()) {
      all = List.of(made);
    } else {
      all = new ArrayList<>(all);
      all.add(made);
    }
    return made;
  }

  /** The first one is slow: another one beside it, if that can be afforded. */
  void hedge() {
    Attempt slow = current;
    if (request.isEnded() || hedge != null || slow == null || !request.isRepeatable()) {
      return;
    }
    if (group.extra().mayHedge()) {
      Hedge beside = new Hedge(request, this, group, slow.target());
      hedge = beside;
      group.router().route(beside);
    }
  }

  /**
   * Ends one if another one takes its place: the one beside it, or a new one.
   *
   * @return false if there is neither, and it goes on
   */
  boolean goOnWithout(Attempt failed, Outcome outcome) {
    Hedge beside = hedge;
    if (beside != null && failed == beside.attempt()) {
      failed.end(outcome);
      beside.giveUp();
    } else if (beside != null && beside.isRunning()) {
      failed.end(outcome);
      current = beside.attempt();
      hedge = null;
    } else if (mayTryAnother(failed)) {
      if (beside != null) {
        // It waits for a target, or got none: the new one takes its place.
        beside.end();
        hedge = null;
      }
      failedTarget = failed.target();
      current = null;
      failed.end(outcome);
      group.router().route(request);
    } else {
      return false;
    }
    return true;
  }

  private boolean mayTryAnother(Attempt failed) {
    return failedTarget == null
        && (hedge == null || hedge.attempt() == null)
        && (failed.isUnprocessed() || request.isRepeatable())
        && group.router().hasCandidateBeside(failed.target())
        && group.extra().mayRetry();
  }

  /** The first answer counts; the other attempt, if there is one, is over. */
  void keepOnly(Attempt first) {
    Hedge beside = hedge;
    if (beside == null) {
      return;
    }
    hedge = null;
    Attempt slow = current;
    if (beside.attempt() == first) {
      current = first;
      if (slow != null) {
        slow.end(Outcome.IGNORED);
      }
    } else {
      beside.end();
    }
  }

  /** Ends what is under way: an attempt with this outcome, or the wait for a target. */
  void end(Outcome outcome) {
    Hedge beside = hedge;
    if (beside != null) {
      beside.end();
    }
    Attempt last = current;
    if (last == null) {
      group.router().withdraw(request);
    } else {
      last.end(outcome);
    }
  }

  /** All of them, in the order in which they began. */
  List<Attempt> all() {
    return all;
  }

  /** The one that is under way, or was at the end; null while a target is being chosen. */
  @Nullable Attempt current() {
    return current;
  }

  /** Whether this one is under way, and no other. */
  boolean isOnly(Attempt which) {
    return hedge == null && which == current;
  }

  /** The target of the one that has failed, for which the next one is; null if there is none. */
  @Nullable TargetState failedTarget() {
    return failedTarget;
  }
}
