package dev.leadline.routing.target;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Targets that serve the same requests. Immutable: a change makes a new group. A group may be
 * empty; its requests are refused.
 *
 * @param name name of the group
 * @param targets its targets, in the order of the configuration; ids are unique
 */
public record TargetGroup(String name, List<Target> targets) {

  public TargetGroup {
    targets = List.copyOf(targets);
    Set<String> ids = new HashSet<>();
    for (Target target : targets) {
      if (!ids.add(target.id())) {
        throw new IllegalArgumentException("target " + target.id() + " is twice in group " + name);
      }
    }
  }
}
