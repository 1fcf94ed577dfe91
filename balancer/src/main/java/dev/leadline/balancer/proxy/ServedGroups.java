package dev.leadline.balancer.proxy;

import dev.leadline.balancer.observe.GroupSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The target groups of a listener on one event loop, and those that the configuration no longer has
 * and that still have requests. Not thread-safe.
 */
public final class ServedGroups {

  private final List<ProxyGroup> retired = new ArrayList<>();
  private List<ProxyGroup> serving;

  /**
   * @param groups those of the configuration
   */
  public ServedGroups(Collection<ProxyGroup> groups) {
    serving = List.copyOf(groups);
  }

  /** These take the place of the former ones. */
  public void use(Collection<ProxyGroup> groups) {
    List<ProxyGroup> former = serving;
    serving = List.copyOf(groups);
    former.stream().filter(it -> !serving.contains(it)).forEach(retired::add);
  }

  /** Whether the configuration has it. */
  public boolean contains(ProxyGroup group) {
    return serving.contains(group);
  }

  /** To be called about twice a second. */
  public void sweep() {
    serving.forEach(ProxyGroup::closeIdleConnections);
    retired.forEach(ProxyGroup::closeAllIdleConnections);
    retired.removeIf(ProxyGroup::isIdle);
  }

  /** To be called about twenty times a second. */
  public void tick() {
    serving.forEach(it -> it.router().tick());
    retired.forEach(it -> it.router().tick());
  }

  /** What there is to see of those that the configuration has. */
  public List<GroupSnapshot> snapshots() {
    return serving.stream().map(ProxyGroup::snapshot).toList();
  }
}
