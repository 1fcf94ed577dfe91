package dev.leadline.infra;

import dev.leadline.infra.ListenerRule.Action;
import dev.leadline.infra.ListenerRule.Conditions;
import dev.leadline.infra.ListenerRule.FixedResponse;
import dev.leadline.infra.ListenerRule.Forward;
import dev.leadline.infra.ListenerRule.Named;
import dev.leadline.infra.ListenerRule.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import software.amazon.awscdk.services.elasticloadbalancingv2.ApplicationTargetGroup;
import software.amazon.awscdk.services.elasticloadbalancingv2.FixedResponseOptions;
import software.amazon.awscdk.services.elasticloadbalancingv2.ListenerAction;
import software.amazon.awscdk.services.elasticloadbalancingv2.ListenerCondition;
import software.amazon.awscdk.services.elasticloadbalancingv2.QueryStringCondition;
import software.amazon.awscdk.services.elasticloadbalancingv2.RedirectOptions;
import software.amazon.awscdk.services.elasticloadbalancingv2.WeightedTargetGroup;

/** The topology's rules in the words of an Application Load Balancer. */
final class AlbRules {
  /** The rules of the clusters' paths have multiples of it as priorities, the others never. */
  static final int STEP = 10;

  private static final int BEHIND_MANY_RULES = 1000;

  private final Map<String, ApplicationTargetGroup> groups;

  AlbRules(Map<Topology.Cluster, ApplicationTargetGroup> groups) {
    this.groups =
        groups.entrySet().stream()
            .collect(Collectors.toMap(it -> it.getKey().name(), Map.Entry::getValue));
  }

  /**
   * The priority of the rule at that place of the list, from 0 on. It depends on nothing else, so
   * that an update never gives a rule the priority that another one still has, which AWS refuses.
   */
  static int priority(int place) {
    return place + 1 + place / (STEP - 1);
  }

  /** The priority of the first cluster's rule behind so many other rules. */
  static int firstPriorityOfClusters(int rules) {
    return rules < STEP ? STEP : BEHIND_MANY_RULES + STEP;
  }

  static List<ListenerCondition> conditions(Conditions when) {
    List<ListenerCondition> conditions = new ArrayList<>();
    add(when.paths(), it -> conditions.add(ListenerCondition.pathPatterns(it)));
    add(when.hosts(), it -> conditions.add(ListenerCondition.hostHeaders(it)));
    add(when.methods(), it -> conditions.add(ListenerCondition.httpRequestMethods(it)));
    for (Named header : when.headers()) {
      conditions.add(ListenerCondition.httpHeader(header.name(), header.values()));
    }
    for (Named query : when.query()) {
      conditions.add(
          ListenerCondition.queryStrings(
              query.values().stream()
                  .map(
                      it ->
                          QueryStringCondition.builder()
                              .key(query.isAny() ? null : query.name())
                              .value(it)
                              .build())
                  .toList()));
    }
    add(when.sources(), it -> conditions.add(ListenerCondition.sourceIps(it)));
    return conditions;
  }

  private static void add(List<String> values, Consumer<List<String>> condition) {
    if (!values.isEmpty()) {
      condition.accept(values);
    }
  }

  ListenerAction action(Action action) {
    if (action instanceof Forward forward) {
      return forward(forward);
    }
    if (action instanceof Redirect redirect) {
      return ListenerAction.redirect(
          RedirectOptions.builder()
              .permanent(redirect.status() == 301)
              .protocol(redirect.protocol().map(it -> it.toUpperCase(Locale.ROOT)).orElse(null))
              .host(redirect.host().orElse(null))
              .port(redirect.port().orElse(null))
              .path(redirect.path().orElse(null))
              .query(redirect.query().orElse(null))
              .build());
    }
    FixedResponse response = (FixedResponse) action;
    return ListenerAction.fixedResponse(
        response.status(),
        FixedResponseOptions.builder()
            .contentType(response.contentType())
            .messageBody(response.body().isEmpty() ? null : response.body())
            .build());
  }

  private ListenerAction forward(Forward forward) {
    List<WeightedTargetGroup> weighted =
        forward.weights().entrySet().stream()
            .map(
                it ->
                    WeightedTargetGroup.builder()
                        .targetGroup(groups.get(it.getKey()))
                        .weight(it.getValue())
                        .build())
            .toList();
    return weighted.size() == 1
        ? ListenerAction.forward(List.of(weighted.get(0).getTargetGroup()))
        : ListenerAction.weightedForward(weighted);
  }
}
