package dev.leadline.balancer.observe;

import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.health.TargetHealth;
import dev.leadline.routing.target.TargetState;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Writes a line when a target's health changes, never for a request. All event loops have the same
 * verdicts of health checks, so that the first one writes of them; each ejects targets by what its
 * own requests meet.
 */
public final class RoutingLog implements RoutingObserver {

  private static final Logger LOG = Logger.getLogger(RoutingLog.class.getName());

  private final String group;
  private final boolean firstLoop;

  /**
   * For the group of this name on one event loop.
   *
   * @param loop number of the loop, from 0 on
   */
  public RoutingLog(String group, int loop) {
    this.group = loop == 0 ? group : group + " (event loop " + (loop + 1) + ")";
    firstLoop = loop == 0;
  }

  @Override
  public void healthChanged(
      TargetState target, TargetHealth.Status before, TargetHealth.Status now) {
    if (!firstLoop) {
      return;
    }
    boolean unhealthy = now == TargetHealth.Status.UNHEALTHY;
    LOG.log(
        unhealthy ? Level.WARNING : Level.INFO,
        "target {0} of {1} is {2}{3}",
        new Object[] {
          target.target().id(),
          group,
          now.name().toLowerCase(Locale.ROOT),
          unhealthy ? ": " + target.health().lastFailure() : ""
        });
  }

  @Override
  public void failOpen(boolean open) {
    if (!firstLoop) {
      return;
    }
    if (open) {
      LOG.log(Level.WARNING, "no target of {0} is healthy: requests go to all of them", group);
    } else {
      LOG.log(Level.INFO, "{0} has a target that is not unhealthy again", group);
    }
  }

  @Override
  public void ejected(TargetState target, boolean ejected) {
    LOG.log(
        ejected ? Level.WARNING : Level.INFO,
        ejected
            ? "target {0} of {1} is ejected: its requests go badly"
            : "target {0} of {1} is back from ejection",
        new Object[] {target.target().id(), group});
  }
}
