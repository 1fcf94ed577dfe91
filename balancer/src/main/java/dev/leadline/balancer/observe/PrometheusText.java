package dev.leadline.balancer.observe;

import dev.leadline.balancer.observe.GroupMeter.Counts;
import dev.leadline.routing.health.TargetHealth.Status;
import dev.leadline.routing.target.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** The metrics in Prometheus's text format, version 0.0.4. */
public final class PrometheusText {

  /** Content type of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(4096);

  private PrometheusText() {}

  /** Writes everything. */
  public static String of(BalancerSnapshot balancer) {
    List<GroupSnapshot> groups = balancer.groups();
    PrometheusText out = new PrometheusText();
    out.head("leadline_requests_in_flight", "gauge", "Requests on their way.");
    out.line("leadline_requests_in_flight", "", balancer.requestsInFlight());
    out.head("leadline_refused_total", "counter", "Requests answered with 4xx by the balancer.");
    out.line("leadline_refused_total", "", balancer.refused());
    out.groupCounter(
        groups, "leadline_requests_total", "Requests with a target.", Counts::requests);
    out.responses(groups);
    out.groupCounter(
        groups,
        "leadline_balancer_errors_total",
        "5xx answers of the balancer's own.",
        Counts::balancerErrors);
    out.groupCounter(
        groups,
        "leadline_connection_errors_total",
        "Failed connections to targets.",
        Counts::connectionErrors);
    out.target(
        groups,
        "leadline_target_requests_in_flight",
        "Requests in flight by target.",
        TargetSnapshot::requestsInFlight);
    out.target(
        groups,
        "leadline_target_healthy",
        "1 if the target is healthy.",
        target -> target.health() == Status.HEALTHY ? 1 : 0);
    out.targetRequests(groups);
    out.extraRequests(groups);
    return out.text.toString();
  }

  private void extraRequests(List<GroupSnapshot> groups) {
    head("leadline_requests_held", "gauge", "Requests that wait for a target with room.");
    for (GroupSnapshot group : groups) {
      line("leadline_requests_held", label("group", group.name()), group.requestsHeld());
    }
    String name = "leadline_extra_requests_total";
    head(name, "counter", "Requests beyond the clients' own, and those the budget refused.");
    for (GroupSnapshot group : groups) {
      ExtraCounts extra = group.extra();
      String labels = label("group", group.name()) + ",";
      line(name, labels + label("kind", "retry"), extra.retries());
      line(name, labels + label("kind", "hedge"), extra.hedges());
      line(name, labels + label("kind", "probe"), extra.probes());
      line(name, labels + label("kind", "refused"), extra.refused());
    }
  }

  private void groupCounter(
      List<GroupSnapshot> groups, String name, String help, ToLongFunction<Counts> count) {
    head(name, "counter", help);
    for (GroupSnapshot group : groups) {
      line(name, label("group", group.name()), count.applyAsLong(group.counts()));
    }
  }

  private void responses(List<GroupSnapshot> groups) {
    String name = "leadline_target_responses_total";
    head(name, "counter", "Answers of targets by the class of their status.");
    for (GroupSnapshot group : groups) {
      long[] responses = group.counts().targetResponses();
      for (int digit = 2; digit <= 5; digit++) {
        String labels = label("group", group.name()) + "," + label("class", digit + "xx");
        line(name, labels, responses[digit]);
      }
    }
  }

  private void target(
      List<GroupSnapshot> groups, String name, String help, ToLongFunction<TargetSnapshot> value) {
    head(name, "gauge", help);
    for (GroupSnapshot group : groups) {
      for (TargetSnapshot target : group.targets()) {
        line(name, labels(group, target), value.applyAsLong(target));
      }
    }
  }

  private void targetRequests(List<GroupSnapshot> groups) {
    String name = "leadline_target_requests_total";
    head(name, "counter", "Requests by target and how they ended.");
    for (GroupSnapshot group : groups) {
      for (TargetSnapshot target : group.targets()) {
        for (Outcome outcome : Outcome.values()) {
          String labels =
              labels(group, target)
                  + ","
                  + label("outcome", outcome.name().toLowerCase(Locale.ROOT));
          line(name, labels, target.count(outcome));
        }
      }
    }
  }

  private static String labels(GroupSnapshot group, TargetSnapshot target) {
    return label("group", group.name()) + "," + label("target", target.target().id());
  }

  private static String label(String name, String value) {
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return name + "=\"" + escaped + "\"";
  }

  private void head(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void line(String name, String labels, long value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(value).append('\n');
  }
}
