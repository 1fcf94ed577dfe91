package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.ExtraRequests;
import dev.leadline.balancer.config.BalancerConfig.Hedging;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.HoldLimits;
import dev.leadline.routing.health.SlowStart;
import dev.leadline.routing.resilience.Budget;
import dev.leadline.routing.resilience.ConcurrencyLimit;
import dev.leadline.routing.resilience.Ejection;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads what protects a target group: the keys of a group beside policy, health check and targets.
 */
final class RoutingReader {

  /** The keys, for messages. */
  static final String KEYS = "hold, ejection, slowStart, concurrencyLimit, retry, hedging, budget";

  private static final Duration HOUR = Duration.ofHours(1);

  private RoutingReader() {}

  /** What is said of a group's routing; {@code absent} where nothing is. */
  static GroupSettings routing(YamlNode.Mapping group, GroupSettings absent) {
    return absent
        .withHold(group.optional("hold").map(RoutingReader::hold).orElse(absent.hold()))
        .withEjection(
            group
                .optional("ejection")
                .map(node -> isOff(node) ? Ejection.OFF : ejection(node))
                .orElse(absent.ejection()))
        .withSlowStart(
            group.optional("slowStart").map(RoutingReader::slowStart).orElse(absent.slowStart()))
        .withLimits(
            group.optional("concurrencyLimit").map(RoutingReader::limits).orElse(absent.limits()));
  }

  /** What is said of a group's extra requests. */
  static ExtraRequests extra(YamlNode.Mapping group) {
    boolean retry = group.optional("retry").map(YamlNode::flag).orElse(true);
    Optional<Hedging> hedging = group.optional("hedging").map(RoutingReader::hedging);
    ExtraRequests extra = new ExtraRequests(retry, hedging, Budget.PER_REQUEST, Budget.PER_SECOND);
    return group.optional("budget").map(node -> budget(node, extra)).orElse(extra);
  }

  private static boolean isOff(YamlNode node) {
    if (!node.isScalar()) {
      return false;
    }
    if (node.text("off, or a mapping").equals("off")) {
      return true;
    }
    throw node.error("is '" + node.text("") + "'; allowed: off, or a mapping");
  }

  private static HoldLimits hold(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{most, longest}");
    HoldLimits limits =
        new HoldLimits(
            map.optional("most")
                .map(n -> n.integer(0, HoldLimits.MOST_ALLOWED))
                .orElse(HoldLimits.DEFAULT.most()),
            map.optional("longest")
                .map(n -> n.duration(Duration.ZERO, HOUR))
                .orElse(HoldLimits.DEFAULT.longest()));
    map.refuseUnknownKeys();
    return limits;
  }

  private static Ejection ejection(YamlNode node) {
    YamlNode.Mapping map =
        node.mapping(
            "off, or {consecutiveFailures, successDeviations, slowerTimes, interval, base, longest,"
                + " mostShare}");
    Ejection absent = Ejection.DEFAULT;
    Ejection ejection =
        new Ejection(
            map.optional("consecutiveFailures")
                .map(n -> n.integer(0, 1000))
                .orElse(absent.consecutiveFailures()),
            map.optional("successDeviations")
                .map(n -> n.number(0, 10))
                .orElse(absent.successDeviations()),
            map.optional("slowerTimes").map(n -> n.number(0, 1000)).orElse(absent.slowerTimes()),
            map.optional("interval")
                .map(n -> n.duration(Duration.ofMillis(100), HOUR))
                .orElse(absent.interval()),
            map.optional("base")
                .map(n -> n.duration(Duration.ofMillis(100), HOUR))
                .orElse(absent.base()),
            map.optional("longest")
                .map(n -> n.duration(Duration.ofMillis(100), HOUR))
                .orElse(absent.longest()),
            map.optional("mostShare").map(n -> n.number(0, 1)).orElse(absent.mostShare()));
    map.refuseUnknownKeys();
    return ejection;
  }

  private static SlowStart slowStart(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{window, aggression, leastShare}");
    SlowStart slowStart =
        new SlowStart(
            map.required("window", "a time from 1s to 60m").duration(Duration.ofSeconds(1), HOUR),
            map.optional("aggression")
                .map(n -> n.number(0.1, 10))
                .orElse(SlowStart.OFF.aggression()),
            map.optional("leastShare")
                .map(n -> n.number(0.01, 1))
                .orElse(SlowStart.OFF.leastShare()));
    map.refuseUnknownKeys();
    return slowStart;
  }

  private static ConcurrencyLimit.Rules limits(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{first, most, tooLong}");
    int first = map.optional("first").map(n -> n.integer(1, 100_000)).orElse(20);
    ConcurrencyLimit.Rules rules =
        new ConcurrencyLimit.Rules(
            first,
            map.optional("most").map(n -> n.integer(first, 100_000)).orElse(Math.max(first, 1000)),
            map.optional("tooLong")
                .map(n -> n.duration(Duration.ofMillis(1), HOUR))
                .orElse(Duration.ofSeconds(5)));
    map.refuseUnknownKeys();
    return rules;
  }

  private static Hedging hedging(YamlNode node) {
    YamlNode.Mapping map = node.mapping("{quantile, leastDelay}");
    Hedging hedging =
        new Hedging(
            map.optional("quantile").map(n -> n.number(0.5, 0.999)).orElse(0.95),
            map.optional("leastDelay")
                .map(n -> n.duration(Duration.ofMillis(1), Duration.ofMinutes(1)))
                .orElse(Duration.ofMillis(10)));
    map.refuseUnknownKeys();
    return hedging;
  }

  private static ExtraRequests budget(YamlNode node, ExtraRequests extra) {
    YamlNode.Mapping map = node.mapping("{perRequest, perSecond}");
    ExtraRequests changed =
        new ExtraRequests(
            extra.retry(),
            extra.hedging(),
            map.optional("perRequest").map(n -> n.number(0, 10)).orElse(extra.perRequest()),
            map.optional("perSecond").map(n -> n.number(0, 10_000)).orElse(extra.perSecond()));
    map.refuseUnknownKeys();
    return changed;
  }
}
