package dev.leadline.balancer.observe;

import static dev.leadline.balancer.observe.Metric.Names.named;

import dev.leadline.balancer.observe.EndReason.Kind;
import dev.leadline.balancer.observe.Metric.Names;
import dev.leadline.balancer.observe.Metric.Unit;
import dev.leadline.balancer.observe.TargetAttempt.Purpose;
import dev.leadline.balancer.observe.TargetAttempt.Result;
import dev.leadline.routing.health.TargetHealth.Status;
import dev.leadline.routing.target.TargetState;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Every metric of the balancer. Prometheus, {@code /status}, CloudWatch, the dashboard and {@code
 * docs/metrics.md} are made from this list and from nothing else: a metric that is added here is in
 * all of them.
 *
 * <p>What is {@code counted} moves at the end of a request, by what its {@link RequestEnd} says.
 */
public final class Metrics {

  /** Metrics of the whole balancer. */
  public static final MetricLevel<BalancerSnapshot, RequestEnd> BALANCER =
      withPeers(
          new MetricLevel<BalancerSnapshot, RequestEnd>("balancer", BalancerSnapshot::counts)
              .gauge(
                  named("leadline_requests_in_flight", "requestsInFlight"),
                  "Requests that have arrived and have not ended.",
                  BalancerSnapshot::requestsInFlight)
              .gauge(
                  named("leadline_client_connections", "clientConnections"),
                  "Connections of clients, TLS handshakes too.",
                  it -> it.limits().connections())
              .gauge(
                  named("leadline_active_connections", "activeConnections")
                      .cloudWatch("ActiveConnectionCount"),
                  "Connections of clients and to targets.",
                  BalancerSnapshot::activeConnections)
              .counter(
                  named("leadline_new_connections_total", "newConnections")
                      .cloudWatch("NewConnectionCount"),
                  "Connections that clients opened, and that were opened to targets.",
                  it -> it.traffic().newConnections())
              .counter(
                  named("leadline_client_bytes_total", "clientBytes").cloudWatch("ProcessedBytes"),
                  "Bytes to and from clients, with heads; encrypted ones where they use TLS.",
                  Unit.BYTES,
                  it -> it.traffic().bytes())
              .gauge(
                  named("leadline_busiest_client_connections", "busiestClientConnections"),
                  "Connections of the client address that has most of them on an event loop.",
                  it -> it.limits().busiestClientConnections())
              .gauge(
                  named("leadline_unfinished_head_bytes", "unfinishedHeadBytes"),
                  "Bytes of request heads that have not come completely.",
                  it -> it.limits().unfinishedHeadBytes())
              .counter(
                  named("leadline_unfinished_heads_dropped_total", "unfinishedHeadsDropped"),
                  "Connections closed because unfinished heads together took too much memory.",
                  it -> it.limits().unfinishedHeadsDropped())
              .counter(
                  named("leadline_late_heads_total", "lateHeads"),
                  "Request heads that did not come completely in time.",
                  it -> it.limits().lateHeads())
              .counter(
                  named("leadline_proxy_headers_refused_total", "proxyHeadersRefused"),
                  "Connections closed because they had no proper PROXY header in time, or may have none.",
                  BalancerSnapshot::refusedProxyHeaders)
              .counted(
                  named("leadline_refused_total", "refused"),
                  "Requests that the balancer refused because of themselves: malformed, or no rule for them.",
                  end -> end.is(Kind.REFUSED) ? 1 : 0)
              .counted(
                  named("leadline_rule_answers_total", "ruleAnswers"),
                  "Requests that a rule answered: redirects and fixed responses.",
                  end -> end.reason() == null && end.group() == null ? 1 : 0)
              .countedBy(
                  List.of(EndReason.values()),
                  Metrics::unserved,
                  Metrics::meaning,
                  RequestEnd::reason)
              .counter(
                  named("leadline_access_log_dropped_lines_total", "droppedLogLines"),
                  "Lines that the access log dropped, because its file was too slow or could not be written.",
                  BalancerSnapshot::droppedLogLines)
              .counter(
                  named("leadline_dropped_spans_total", "droppedSpans"),
                  "Spans that did not reach the collector, because it was too slow or did not take them.",
                  BalancerSnapshot::droppedSpans)
              .counter(
                  reload("done", "reloads"),
                  "Reloads that took the configuration over.",
                  BalancerSnapshot::reloads)
              .counter(
                  reload("failed", "failedReloads"),
                  "Reloads after which the former configuration stayed.",
                  BalancerSnapshot::failedReloads));

  /** Metrics of a target group. */
  public static final MetricLevel<GroupSnapshot, RequestEnd> GROUP =
      new MetricLevel<GroupSnapshot, RequestEnd>("target group", GroupSnapshot::counts)
          .counted(
              named("leadline_requests_total", "requests").cloudWatch("RequestCount"),
              "Requests that had a target and have ended.",
              end -> end.attempts().isEmpty() ? 0 : 1)
          .counted(responses(2, "responses2xx"), "Answers of targets with status 2xx.", answers(2))
          .counted(responses(3, "responses3xx"), "Answers of targets with status 3xx.", answers(3))
          .counted(responses(4, "responses4xx"), "Answers of targets with status 4xx.", answers(4))
          .counted(responses(5, "targetErrors"), "Answers of targets with status 5xx.", answers(5))
          .counted(
              named("leadline_balancer_errors_total", "balancerErrors")
                  .cloudWatch("HTTPCode_ELB_5XX_Count"),
              "Requests that failed in the balancer: answered with its own 5xx, or broken off in the middle of the answer.",
              end -> end.is(Kind.FAILED) ? 1 : 0)
          .counted(
              named("leadline_connection_errors_total", "connectionErrors")
                  .cloudWatch("TargetConnectionErrorCount"),
              "Connections to targets that could not be opened.",
              end -> end.count(Result.NOT_CONNECTED))
          .counted(
              extra("retry", "retries"),
              "Requests sent to a second target because the first one failed.",
              end -> end.count(Purpose.RETRY))
          .counted(
              extra("hedge", "hedges"),
              "Requests sent to a second target because the first one was slow.",
              end -> end.count(Purpose.HEDGE))
          .counter(
              extra("probe", "probesAskedFor"),
              "Probes that the policy asked for and the budget allowed.",
              GroupSnapshot::probes)
          .counter(
              extra("refused", "budgetRefusals"),
              "Retries, hedges and probes that the budget did not allow.",
              GroupSnapshot::budgetRefusals)
          .counter(
              report("used", "loadReports"),
              "Reports of targets about their load that were used (`loadMetric`).",
              GroupSnapshot::loadReports)
          .counter(
              report("unusable", "unusableLoadReports"),
              "Reports of targets about their load that lack the metric, or cannot be read.",
              GroupSnapshot::unusableLoadReports)
          .gauge(
              named("leadline_requests_held", "requestsHeld"),
              "Requests that wait for a target with room.",
              GroupSnapshot::requestsHeld)
          .flag(
              named("leadline_fail_open", "failOpen"),
              "Whether requests go to all targets because none is healthy.",
              GroupSnapshot::failOpen)
          .counter(
              named("leadline_membership_changes_total", "membershipChanges"),
              "Changes of the group's targets by DNS, its file or AWS.",
              group -> group.membership().changes())
          .counter(
              named("leadline_discovery_failures_total", "discoveryFailures"),
              "Lookups of the group's host names, readings of its file and questions to AWS that failed; the former targets stay.",
              group -> group.membership().failures())
          .gauge(
              named("leadline_healthy_targets", "healthyTargets").cloudWatch("HealthyHostCount"),
              "Targets that are healthy.",
              group -> group.count(Status.HEALTHY))
          .gauge(
              named("leadline_unhealthy_targets", "unhealthyTargets")
                  .cloudWatch("UnHealthyHostCount"),
              "Targets that are unhealthy.",
              group -> group.count(Status.UNHEALTHY))
          .timed(
              "leadline_first_byte_seconds",
              "Time from the arrival of a request to the head of a target's answer.",
              RequestEnd::firstByteNanos)
          .timed(
              "leadline_request_seconds",
              "Time from the arrival of a request to its end, of those that a target answered.",
              RequestEnd::answeredNanos);

  /** Metrics of a target. */
  public static final MetricLevel<TargetSnapshot, TargetAttempt> TARGET =
      new MetricLevel<TargetSnapshot, TargetAttempt>("target", TargetSnapshot::counts)
          .gauge(
              named("leadline_target_requests_in_flight", "requestsInFlight"),
              "Requests that were sent to the target and have not ended.",
              TargetSnapshot::requestsInFlight)
          .flag(
              named("leadline_target_healthy", "healthy"),
              "Whether the health checks find the target healthy.",
              target -> target.health() == Status.HEALTHY)
          .flag(
              named("leadline_target_ejected", "ejected"),
              "Whether the target is left out for a while because its requests went badly.",
              TargetSnapshot::ejected)
          .flag(
              named("leadline_target_draining", "draining"),
              "Whether the target was taken out of its group and only ends what it has.",
              TargetSnapshot::draining)
          .counter(
              outcome("succeeded"),
              "Requests that the target answered, and not with 5xx.",
              TargetSnapshot::succeeded)
          .counter(
              outcome("failed"),
              "Requests that the target answered with 5xx, or did not answer properly.",
              TargetSnapshot::failed)
          .counter(
              outcome("ignored"),
              "Requests whose end says nothing about the target, such as a client that left.",
              TargetSnapshot::ignored)
          .gauge(
              named("leadline_target_connections", "connections"),
              "Connections to the target: idle, busy and about to be opened.",
              TargetSnapshot::connections)
          .counted(
              named("leadline_target_answers_total", "responses"),
              "Requests that ended after the target began to answer.",
              attempt -> attempt.result() == Result.ANSWERED ? 1 : 0)
          .counted(
              named("leadline_target_answer_seconds_total", "responseMillisTotal"),
              "Time from sending a request to the first byte of its answer, all answers together.",
              Unit.NANOS,
              TargetAttempt::responseNanos)
          .gauge(
              named("leadline_target_probe_seconds", "probedResponseMillis"),
              "How long the target took to answer the last probe; unknown if it failed.",
              Unit.NANOS,
              target ->
                  target.probedNanos() == TargetState.UNMEASURED
                      ? Double.NaN
                      : target.probedNanos())
          .gauge(
              named("leadline_target_load", "load"),
              "How loaded the target looks to the policy, the lower the better; unknown if the policy does not compare loads.",
              Unit.POLICY,
              TargetSnapshot::load)
          .timed(
              "leadline_target_first_byte_seconds",
              "Time from sending a request to the target to the head of its answer.",
              attempt -> attempt.result() == Result.ANSWERED ? attempt.responseNanos() : -1)
          .timed(
              "leadline_target_request_seconds",
              "Time from sending a request to the target to the end of its answer.",
              TargetAttempt::answeredNanos);

  /**
   * Name in CloudWatch of the requests of a target group over its healthy targets; of a group
   * alone.
   */
  public static final String REQUESTS_PER_TARGET = "RequestCountPerTarget";

  /** Name in CloudWatch of the distribution of targets' response times, in seconds. */
  public static final String RESPONSE_TIME = "TargetResponseTime";

  /**
   * Name in CloudWatch of the distribution of the times from the arrival of a request until it is
   * sent to a target, in seconds. An Application Load Balancer has it in its access log only, under
   * the name {@code request_processing_time}.
   */
  public static final String PROCESSING_TIME = "RequestProcessingTime";

  private Metrics() {}

  private static MetricLevel<BalancerSnapshot, RequestEnd> withPeers(
      MetricLevel<BalancerSnapshot, RequestEnd> level) {
    level
        .gauge(
            named("leadline_peers_used", "peers.used"),
            "Other balancers whose requests in flight count.",
            it -> it.peers().used())
        .counter(
            named("leadline_peer_datagrams_sent_total", "peers.sent"),
            "Datagrams sent to other balancers, one for each of them.",
            it -> it.peers().sent())
        .counter(
            named("leadline_peer_datagrams_unsent_total", "peers.unsent"),
            "Datagrams for other balancers that the network did not take at once.",
            it -> it.peers().unsent())
        .counter(
            named("leadline_peer_datagrams_received_total", "peers.received"),
            "Datagrams of other balancers that were believed.",
            it -> it.peers().received())
        .counter(
            named("leadline_peer_unknown_targets_total", "peers.unknownTargets"),
            "Counts in these of targets that this balancer does not have.",
            it -> it.peers().unknownTargets());
    for (PeerRefusal reason : PeerRefusal.values()) {
      level.counter(
          named("leadline_peer_datagrams_refused_total", "peers.refused." + reason.code())
              .labelled(
                  "reason", reason.code(), "Datagrams that were not believed, by the reason."),
          "Datagrams that were not believed: " + reason.text() + ".",
          it -> it.peers().refused().getOrDefault(reason, 0L));
    }
    return level;
  }

  private static Names unserved(EndReason reason) {
    return named("leadline_unserved_requests_total", "unserved." + reason.code())
        .labelled(
            "reason",
            reason.code(),
            "Requests that ended otherwise than with a complete answer of a target or a rule, by the reason.");
  }

  private static String meaning(EndReason reason) {
    return (reason.status() == 0 ? "" : reason.status() + ": ") + reason.text() + ".";
  }

  private static Names responses(int digit, String json) {
    return named("leadline_target_responses_total", json)
        .labelled("class", digit + "xx", "Answers of targets by the class of their status.")
        .cloudWatch("HTTPCode_Target_" + digit + "XX_Count");
  }

  private static ToLongFunction<RequestEnd> answers(int digit) {
    return end -> {
      TargetAttempt attempt = end.attempt();
      return attempt != null && attempt.status() / 100 == digit ? 1 : 0;
    };
  }

  private static Names reload(String result, String json) {
    return named("leadline_reloads_total", json)
        .labelled("result", result, "Reloads of the configuration by what came of them.");
  }

  private static Names extra(String kind, String json) {
    return named("leadline_extra_requests_total", json)
        .labelled(
            "kind", kind, "Requests beyond the clients' own, and those that the budget refused.");
  }

  private static Names report(String result, String json) {
    return named("leadline_load_reports_total", json)
        .labelled("result", result, "Reports of targets about their load by what came of them.");
  }

  private static Names outcome(String outcome) {
    return named("leadline_target_requests_total", outcome)
        .labelled("outcome", outcome, "Requests by target and how they ended.");
  }
}
