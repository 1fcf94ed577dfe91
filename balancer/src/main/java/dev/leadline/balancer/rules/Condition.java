package dev.leadline.balancer.rules;

import dev.leadline.balancer.rules.Rule.Conditions;
import dev.leadline.balancer.rules.Rule.HeaderCondition;
import dev.leadline.balancer.rules.Rule.QueryCondition;
import java.util.ArrayList;
import java.util.List;

/** One condition of a rule, ready to be tried. */
@FunctionalInterface
interface Condition {

  boolean isFulfilled(RuleInput request);

  /** The conditions of a rule, those first that take the least time to try. */
  static List<Condition> of(Conditions when) {
    List<Condition> all = new ArrayList<>();
    if (!when.paths().isEmpty()) {
      all.add(path(patterns(when.paths(), true)));
    }
    if (!when.methods().isEmpty()) {
      all.add(request -> when.methods().contains(request.method()));
    }
    if (!when.hosts().isEmpty()) {
      WildcardPattern[] hosts = patterns(when.hosts(), false);
      all.add(request -> anyMatches(hosts, request.host()));
    }
    if (!when.sources().isEmpty()) {
      all.add(source(when.sources()));
    }
    when.headers().forEach(it -> all.add(header(it)));
    when.query().forEach(it -> all.add(query(it)));
    return List.copyOf(all);
  }

  private static Condition path(WildcardPattern[] patterns) {
    return request -> {
      for (WildcardPattern pattern : patterns) {
        if (request.pathMatches(pattern)) {
          return true;
        }
      }
      return false;
    };
  }

  private static Condition source(List<Cidr> blocks) {
    return request -> {
      byte[] address = request.address();
      return blocks.stream().anyMatch(it -> it.contains(address));
    };
  }

  private static Condition header(HeaderCondition condition) {
    WildcardPattern[] values = patterns(condition.values(), false);
    return request -> {
      for (String value : request.headers(condition.name())) {
        if (anyMatches(values, value)) {
          return true;
        }
      }
      return false;
    };
  }

  private static Condition query(QueryCondition condition) {
    WildcardPattern key = pattern(condition.key(), false);
    WildcardPattern[] values = patterns(condition.values(), false);
    return request -> {
      for (RuleInput.Parameter parameter : request.parameters()) {
        if (key.matches(parameter.key()) && anyMatches(values, parameter.value())) {
          return true;
        }
      }
      return false;
    };
  }

  private static boolean anyMatches(WildcardPattern[] patterns, String text) {
    for (WildcardPattern pattern : patterns) {
      if (pattern.matches(text)) {
        return true;
      }
    }
    return false;
  }

  private static WildcardPattern[] patterns(List<String> texts, boolean isPath) {
    return texts.stream().map(it -> pattern(it, isPath)).toArray(WildcardPattern[]::new);
  }

  /** In a path case counts, and a backslash cannot be a part of it. */
  private static WildcardPattern pattern(String text, boolean isPath) {
    return new WildcardPattern(text, isPath, !isPath);
  }
}
