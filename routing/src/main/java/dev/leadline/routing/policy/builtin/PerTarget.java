package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a policy keeps for every target, found by {@link TargetState#index()} without a search. Not
 * thread-safe.
 *
 * @param <T> what it keeps
 */
final class PerTarget<T> {

  private final Supplier<T> newcomer;
  private final List<@Nullable T> byIndex = new ArrayList<>();

  /** Nothing yet; {@code newcomer} makes what is kept for a target that joins. */
  PerTarget(Supplier<T> newcomer) {
    this.newcomer = newcomer;
  }

  /** A target joins, perhaps in the place of one that left. */
  void joined(TargetState target) {
    while (byIndex.size() <= target.index()) {
      byIndex.add(null);
    }
    byIndex.set(target.index(), newcomer.get());
  }

  /** What is kept for a target of the group. */
  T of(TargetState target) {
    return Objects.requireNonNull(byIndex.get(target.index()));
  }
}
