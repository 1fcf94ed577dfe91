package dev.leadline.routing;

import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.SharedCounts;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The targets of a group while it changes. A target that stays keeps its state. A removed target
 * drains: it gets no new requests, and its state is kept until its last request has ended. Not
 * thread-safe.
 */
final class Members {

  private HealthThresholds thresholds;
  private final SharedCounts.@Nullable View counts;
  private final BitSet usedIndexes = new BitSet();
  private List<TargetState> active = List.of();
  private List<TargetState> draining = List.of();
  private List<TargetState> all = List.of();

  Members(HealthThresholds thresholds, SharedCounts.@Nullable View counts) {
    this.thresholds = thresholds;
    this.counts = counts;
  }

  /** From now on these thresholds hold. */
  void use(HealthThresholds changed) {
    thresholds = changed;
    all.forEach(state -> state.health().use(changed));
  }

  /** The targets of the group, in its order. */
  List<TargetState> active() {
    return active;
  }

  /** The targets of the group, followed by those that drain. */
  List<TargetState> all() {
    return all;
  }

  /** Called for each target that joins or leaves. */
  interface Listener {
    void joined(TargetState state);

    void left(TargetState state);
  }

  /** Replaces the targets. */
  void update(TargetGroup group, Listener listener) {
    Map<Target.Key, TargetState> present = new LinkedHashMap<>();
    active.forEach(state -> present.put(state.target().key(), state));
    List<TargetState> stay = new ArrayList<>();
    List<Target> targets = group.targets();
    List<TargetState> kept = targets.stream().map(it -> present.remove(it.key())).toList();
    List<TargetState> leaving = new ArrayList<>(draining);
    for (TargetState removed : present.values()) {
      removed.leave();
      listener.left(removed);
      leaving.add(removed);
    }
    for (int i = 0; i < targets.size(); i++) {
      TargetState state = kept.get(i);
      if (state == null) {
        stay.add(join(targets.get(i), listener));
      } else {
        state.reweigh(targets.get(i));
        stay.add(state);
      }
    }
    active = List.copyOf(stay);
    draining = leaving;
    releaseDrained();
  }

  /** Drops removed targets that have no requests any more and frees their indexes. */
  void releaseDrained() {
    draining = draining.stream().filter(this::isBusy).toList();
    List<TargetState> together = new ArrayList<>(active);
    together.addAll(draining);
    all = List.copyOf(together);
  }

  private boolean isBusy(TargetState state) {
    if (state.requestsInFlight() == 0) {
      usedIndexes.clear(state.index());
      state.forget();
      return false;
    }
    return true;
  }

  private TargetState join(Target target, Listener listener) {
    int index = usedIndexes.nextClearBit(0);
    usedIndexes.set(index);
    TargetState state = new TargetState(target, index, new TargetHealth(thresholds), counts);
    listener.joined(state);
    return state;
  }
}
