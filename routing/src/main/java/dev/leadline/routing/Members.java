package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The targets of a group as they come and go. A target that stays keeps its state; one that is
 * taken out drains: it gets nothing new, and its state is kept until its last request has ended.
 * The policy hears of both. Not thread-safe.
 */
final class Members {

  private final HealthThresholds thresholds;
  private final BitSet usedIndexes = new BitSet();
  private List<TargetState> active = List.of();
  private List<TargetState> draining = List.of();
  private List<TargetState> all = List.of();

  Members(HealthThresholds thresholds) {
    this.thresholds = thresholds;
  }

  /** Those of the group, in its order. */
  List<TargetState> active() {
    return active;
  }

  /** Those of the group, and behind them those that drain. */
  List<TargetState> all() {
    return all;
  }

  /** Hears who joins and who leaves. */
  interface Listener {
    void joined(TargetState state);

    void left(TargetState state);
  }

  /** From now on these are the targets. */
  void update(TargetGroup group, Listener listener) {
    Map<Target, TargetState> present = new LinkedHashMap<>();
    active.forEach(state -> present.put(state.target(), state));
    List<TargetState> stay = new ArrayList<>();
    List<Target> targets = group.targets();
    List<TargetState> known = targets.stream().map(present::remove).toList();
    List<TargetState> leaving = new ArrayList<>(draining);
    for (TargetState gone : present.values()) {
      gone.leave();
      listener.left(gone);
      leaving.add(gone);
    }
    for (int i = 0; i < targets.size(); i++) {
      TargetState state = known.get(i);
      stay.add(state == null ? join(targets.get(i), listener) : state);
    }
    active = List.copyOf(stay);
    draining = leaving;
    forgetIdle();
  }

  /** A target that was taken out may have had its last request. */
  void forgetIdle() {
    draining = draining.stream().filter(this::isBusy).toList();
    List<TargetState> both = new ArrayList<>(active);
    both.addAll(draining);
    all = List.copyOf(both);
  }

  private boolean isBusy(TargetState state) {
    if (state.requestsInFlight() == 0) {
      usedIndexes.clear(state.index());
      return false;
    }
    return true;
  }

  private TargetState join(Target target, Listener listener) {
    int index = usedIndexes.nextClearBit(0);
    usedIndexes.set(index);
    TargetState state = new TargetState(target, index, new TargetHealth(thresholds));
    listener.joined(state);
    return state;
  }
}
