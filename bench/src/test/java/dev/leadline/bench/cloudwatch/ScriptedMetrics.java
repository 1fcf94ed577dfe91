package dev.leadline.bench.cloudwatch;

import dev.leadline.bench.aws.AwsException;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Metrics that say what a test wants of each poll of the balancers. */
final class ScriptedMetrics implements StatisticsReader {
  /** What a poll sees. */
  interface Poll {
    Map<MetricStatistic, SortedMap<Instant, Double>> values(
        List<MetricStatistic> queries, Instant from, Instant to) throws AwsException;
  }

  private final Poll poll;

  ScriptedMetrics(Poll poll) {
    this.poll = poll;
  }

  /** RequestCounts of alb and leadline poll by poll; the last ones stay. */
  static ScriptedMetrics counts(long[]... polls) {
    int[] asked = {0};
    return new ScriptedMetrics(
        (queries, from, to) -> {
          if (queries.stream().noneMatch(q -> q.metric().equals(Metrics.REQUEST_COUNT))) {
            return Map.of();
          }
          long[] now = polls[Math.min(asked[0]++, polls.length - 1)];
          Map<MetricStatistic, SortedMap<Instant, Double>> values = new HashMap<>();
          for (MetricStatistic query : queries) {
            boolean alb = query.scope().namespace().equals("AWS/ApplicationELB");
            long count = alb ? now[0] : now[1];
            if (query.metric().equals(Metrics.REQUEST_COUNT) && count > 0) {
              values.put(query, new TreeMap<>(Map.of(from, (double) count)));
            }
          }
          return values;
        });
  }

  @Override
  public Map<MetricStatistic, SortedMap<Instant, Double>> read(
      List<MetricStatistic> queries, Instant from, Instant to) throws AwsException {
    return poll.values(queries, from, to);
  }

  /** Every balancer has target groups {@code a} and {@code b}. */
  @Override
  public List<MetricScope> targetGroups(MetricScope scope, String metric) {
    List<MetricScope> groups = new ArrayList<>();
    for (String group : List.of("a", "b")) {
      Map<String, String> dimensions = new HashMap<>(scope.dimensions());
      dimensions.put("TargetGroup", group);
      groups.add(new MetricScope(scope.namespace(), dimensions));
    }
    return groups;
  }

  @Override
  public void close() {}
}
