package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Group;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.rules.Action.Forward;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Refuses what has no meaning for the protocol of the listener. */
final class ProtocolCheck {

  private static final String OF_HTTP = "is for HTTP only, and the listener has protocol: tcp: ";

  /** Keys of HTTP, and what to do about each where connections are passed on as they are. */
  private static final Map<String, String> HTTP_ONLY = new LinkedHashMap<>();

  /** The same of a target group. */
  private static final Map<String, String> HTTP_ONLY_OF_GROUP =
      Map.of(
          "stickiness",
          "remove it; policy: flow_hash keeps connections apart by their addresses and ports",
          "hedging",
          "remove it; a connection has no second target",
          "retryCodes",
          "remove it; a connection is tried elsewhere only while no target has taken it",
          "concurrencyLimit",
          "remove it; connections.perTarget limits the connections of a target",
          "loadMetric",
          "remove it; what targets send is not read");

  private static final Map<String, String> TCP_ONLY =
      Map.of(
          "timeouts.tcpIdle",
          "timeouts.idle, tunnel and clientIdle limit the silence of HTTP connections",
          "timeouts.tcpDrain",
          "remove it; requests of a target that has left end by their own time limits");

  /** They compare how long answers take, and send requests of their own to find that out. */
  private static final Set<String> PROBING = Set.of("leadline", "prequal", "fastest");

  static {
    HTTP_ONLY.put(
        "listener.tls", "remove it; what clients encrypt is passed on to the targets as it is");
    HTTP_ONLY.put("tracing", "remove it");
    HTTP_ONLY.put("accessLog.query", "remove it; the lines of connections have no URI");
    for (String key : List.of("response", "idle", "tunnel", "request", "clientIdle")) {
      HTTP_ONLY.put("timeouts." + key, "timeouts.tcpIdle limits the silence of a connection");
    }
    HTTP_ONLY.put("timeouts.clientHead", "remove it");
    HTTP_ONLY.put("timeouts.clientBody", "remove it");
    HTTP_ONLY.put("limits.headers", "remove it");
    HTTP_ONLY.put("limits.requests", "limits.connections limits connections");
  }

  private ProtocolCheck() {}

  /** Throws if the file has a key that does not fit the protocol. */
  static void check(YamlNode file, BalancerConfig config) {
    if (config.isTcp()) {
      HTTP_ONLY.forEach((key, advice) -> refuse(file, key, OF_HTTP + advice));
      checkRules(file, config);
    } else {
      TCP_ONLY.forEach(
          (key, advice) -> refuse(file, key, "needs listener: {protocol: tcp}: " + advice));
    }
    for (int i = 0; i < config.targetGroups().size(); i++) {
      checkGroup(file.at("targetGroups").item(i), config.targetGroups().get(i), config);
    }
  }

  private static void checkRules(YamlNode file, BalancerConfig config) {
    if (!config.rules().list().isEmpty()) {
      throw file.at("rules")
          .item(0)
          .error(OF_HTTP + "write rules: [], and name the group in defaultAction");
    }
    if (!(config.rules().fallback() instanceof Forward forward)) {
      throw Optional.ofNullable(find(file, "defaultAction"))
          .orElse(file)
          .error("needs defaultAction: {forward: GROUP}, the group of all connections");
    }
    if (forward.groups().size() > 1) {
      throw file.at("defaultAction")
          .at("forward")
          .error("has several target groups; with listener.protocol: tcp there is one");
    }
    if (config
        .accessLog()
        .map(it -> it.format() != BalancerConfig.AccessLog.Format.JSON)
        .orElse(false)) {
      throw file.at("accessLog").at("format").error(OF_HTTP + "use json");
    }
  }

  private static void checkGroup(YamlNode node, Group group, BalancerConfig config) {
    if (!config.isTcp()) {
      refuse(
          node,
          "proxyProtocol",
          "needs listener: {protocol: tcp}: clients share the connections to targets of HTTP;"
              + " targets find the client in X-Forwarded-For");
      if (group.wire().protocol() == TargetWire.Protocol.GRPC) {
        refuse(
            node,
            "loadMetric",
            "is for protocol: http1 and http2: targets of gRPC report their load in binary"
                + " trailers, which are not read; remove it");
      }
      return;
    }
    HTTP_ONLY_OF_GROUP.forEach((key, advice) -> refuse(node, key, OF_HTTP + advice));
    if (PROBING.contains(group.policy().name())) {
      throw node.at("policy")
          .error(
              "is '"
                  + group.policy().name()
                  + "', which compares how long HTTP answers take; with listener.protocol: tcp use"
                  + " flow_hash, least_outstanding_requests, round_robin, random, peak_ewma or"
                  + " cloudwatch");
    }
    if (group.healthCheck().connectOnly()) {
      String unused =
          "is for checks that send a request: set healthCheck: {protocol: http} or remove it";
      refuse(node, "protocol", unused);
      refuse(node, "tls", unused);
    } else if (group.wire().proxyHeader().isPresent()
        && (group.wire().protocol() != Protocol.HTTP1 || group.wire().tls().isPresent())) {
      throw node.at("proxyProtocol")
          .error(
              "goes with health checks over a connection (healthCheck: {protocol: tcp}) or plain HTTP/1.1");
    }
  }

  private static void refuse(YamlNode node, String keys, String problem) {
    YamlNode place = find(node, keys);
    if (place != null) {
      throw place.error(problem);
    }
  }

  /** The value of keys joined by dots, each in the mapping of the one before; null: not there. */
  private static @Nullable YamlNode find(YamlNode node, String keys) {
    YamlNode at = node;
    for (String key : keys.split("\\.", -1)) {
      @Nullable YamlNode below = at.entries("a mapping").get(key);
      if (below == null) {
        return null;
      }
      at = below;
    }
    return at;
  }
}
