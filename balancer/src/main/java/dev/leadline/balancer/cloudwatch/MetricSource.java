package dev.leadline.balancer.cloudwatch;

import dev.leadline.routing.policy.MetricQuery;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Where the metrics of targets come from. May block. */
interface MetricSource {

  /**
   * The latest figure of each target, by its id; absent where there is none.
   *
   * @param query what to read
   * @param targets ids, at least one
   * @param now on the wall clock
   * @throws NotRead if nothing is known; asking again later may help
   */
  Map<String, Figure> read(MetricQuery query, List<String> targets, Instant now) throws NotRead;

  /**
   * What was measured.
   *
   * @param value in the metric's unit
   * @param end of the period it is about
   */
  record Figure(double value, Instant end) {}

  /** The metrics could not be read. */
  final class NotRead extends Exception {
    private static final long serialVersionUID = 1L;

    NotRead(String message) {
      super(message);
    }
  }
}
