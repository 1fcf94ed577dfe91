package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A policy's data for each target, by {@link TargetState#index()}. Not thread-safe.
 *
 * @param <T> the data of one target
 */
final class PerTarget<T> {

  private final Supplier<T> newcomer;
  private final List<@Nullable T> byIndex = new ArrayList<>();

  /** No targets yet; {@code newcomer} makes the data of a target that joins. */
  PerTarget(Supplier<T> newcomer) {
    this.newcomer = newcomer;
  }

  /** A target joins. It may have the index of one that left. */
  void joined(TargetState target) {
    while (byIndex.size() <= target.index()) {
      byIndex.add(null);
    }
    byIndex.set(target.index(), newcomer.get());
  }

  /** The data of a target of the group. */
  T of(TargetState target) {
    return Objects.requireNonNull(byIndex.get(target.index()));
  }
}
