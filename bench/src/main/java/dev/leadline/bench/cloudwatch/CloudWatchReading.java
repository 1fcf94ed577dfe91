package dev.leadline.bench.cloudwatch;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.leadline.bench.lab.Kind;
import dev.leadline.bench.lab.LabDescription.MetricScope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What CloudWatch saw of a run, the content of {@code cloudwatch.json}.
 *
 * @param detail one sentence on the state
 * @param from beginning of the first minute read; null when nothing was read
 * @param to end of the last minute read
 * @param polls how often it was read until this came out
 * @param clockOffsetMillis what must be added to the client's clock for that of CloudWatch; 0 if
 *     the difference is too small to be measured
 * @param remarks what could not be read, in sentences
 * @param groups of every balancer; a run of an earlier version has none
 */
public record CloudWatchReading(
    State state,
    String detail,
    @Nullable Instant from,
    @Nullable Instant to,
    int polls,
    List<BalancerReading> balancers,
    List<TargetReading> targets,
    long clockOffsetMillis,
    List<String> remarks,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<GroupReading> groups) {

  public CloudWatchReading {
    balancers = List.copyOf(balancers);
    targets = List.copyOf(targets);
    remarks = remarks == null ? List.of() : List.copyOf(remarks);
    groups = groups == null ? List.of() : List.copyOf(groups);
  }

  /** One by a clock like the client's, of which nothing is missing. */
  public CloudWatchReading(
      State state,
      String detail,
      @Nullable Instant from,
      @Nullable Instant to,
      int polls,
      List<BalancerReading> balancers,
      List<TargetReading> targets) {
    this(state, detail, from, to, polls, balancers, targets, 0, List.of(), List.of());
  }

  /** The minute of CloudWatch in which something happened, by the client's clock. */
  public Instant minuteOf(Instant byClient) {
    return MinuteClock.of(byClient.plusMillis(clockOffsetMillis));
  }

  /** How far the figures can be trusted. */
  public enum State {
    /** Requests counted are those sent, twice in a row. */
    SETTLED,
    /** More requests were counted than sent, twice in a row: no waiting mends that. */
    MISMATCH,
    /** Fewer requests were counted than were answered when the time was up. */
    NOT_SETTLED,
    UNREACHABLE,
    NOT_ASKED;

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One balancer's metrics.
   *
   * @param sent requests the client sent, warm-up included
   * @param answered those of them that were answered whole, whatever the answer
   * @param requestCount the sum of RequestCount; 0 when it was read and there was none, and for a
   *     Network Load Balancer, which counts none
   */
  public record BalancerReading(
      String balancer,
      MetricScope scope,
      long sent,
      long answered,
      long requestCount,
      List<Series> series) {

    static BalancerReading of(
        String balancer, MetricScope scope, long sent, long answered, List<Series> series) {
      BalancerReading uncounted = new BalancerReading(balancer, scope, sent, answered, 0, series);
      return new BalancerReading(
          balancer, scope, sent, answered, uncounted.sum(Metrics.REQUEST_COUNT), series);
    }

    /** Whether it is of a kind that counts requests: layer 4 counts connections. */
    @JsonIgnore
    public boolean countsRequests() {
      return Kind.of(scope).countsRequests();
    }

    /**
     * Whether the counts fit: a request that got no answer may or may not have reached the
     * balancer. What does not count requests is not asked.
     */
    @JsonIgnore
    public boolean agrees() {
      return !countsRequests() || (answered <= requestCount && requestCount <= sent);
    }

    /** Whether CloudWatch has all that was sent. */
    boolean complete() {
      return countsRequests()
          ? requestCount == sent && !lacksAnswers()
          : sent == 0 || sum(Metrics.NEW_CONNECTIONS) > 0;
    }

    /** Whether CloudWatch has more than was sent. */
    boolean exceeds() {
      return countsRequests() && requestCount > sent;
    }

    /**
     * Whether CloudWatch has counted some of the answers, but not all: a balancer may publish in
     * the middle of a burst, and has then counted requests whose answers come with its next
     * figures.
     */
    private boolean lacksAnswers() {
      long counted = Metrics.ANSWERS.stream().mapToLong(this::sum).sum();
      return counted > 0 && counted < answered;
    }

    /** The sum of a counter over the run; a counter without data points is 0. */
    public long sum(String metric) {
      return Math.round(
          series(metric, "Sum")
              .map(s -> s.points().values().stream().mapToDouble(Double::doubleValue).sum())
              .orElse(0.0));
    }

    /** A statistic's points, or empty when there are none. */
    public Optional<Series> series(String metric, String statistic) {
      return Series.among(series, metric, statistic);
    }
  }

  /**
   * One instance, minute by minute. What a run of an earlier version did not read is empty.
   *
   * @param cpuPercent CPU utilisation, of all its vCPUs together
   * @param bytesIn bytes that came over the network
   * @param bytesOut bytes that went out
   * @param credits CPU credits left, every five minutes, from before the run on; empty if it is not
   *     burstable
   */
  public record TargetReading(
      String id,
      SortedMap<Instant, Double> cpuPercent,
      SortedMap<Instant, Double> bytesIn,
      SortedMap<Instant, Double> bytesOut,
      SortedMap<Instant, Double> credits) {
    public TargetReading {
      cpuPercent = copy(cpuPercent);
      bytesIn = copy(bytesIn);
      bytesOut = copy(bytesOut);
      credits = copy(credits);
    }

    private static SortedMap<Instant, Double> copy(@Nullable SortedMap<Instant, Double> points) {
      return points == null ? new TreeMap<>() : new TreeMap<>(points);
    }
  }

  /**
   * One target group of one balancer.
   *
   * @param group the value of its dimension {@code TargetGroup}
   */
  public record GroupReading(String balancer, String group, List<Series> series) {
    /** A statistic's points, or empty when there are none. */
    public Optional<Series> series(String metric, String statistic) {
      return Series.among(series, metric, statistic);
    }
  }

  /** What was read of one target; empty when nothing was. */
  public Optional<TargetReading> target(String id) {
    return targets.stream().filter(reading -> reading.id().equals(id)).findFirst();
  }

  /** A statistic minute by minute, in the unit CloudWatch has it in. */
  public record Series(String metric, String statistic, SortedMap<Instant, Double> points) {
    public Series {
      points = new TreeMap<>(points);
    }

    private static Optional<Series> among(List<Series> series, String metric, String statistic) {
      return series.stream()
          .filter(s -> s.metric().equals(metric) && s.statistic().equals(statistic))
          .filter(s -> !s.points().isEmpty())
          .findFirst();
    }
  }

  /** What was read of one balancer; empty when nothing was. */
  public Optional<BalancerReading> balancer(String name) {
    return balancers.stream().filter(reading -> reading.balancer().equals(name)).findFirst();
  }

  public static CloudWatchReading notAsked(String why) {
    return new CloudWatchReading(State.NOT_ASKED, why, null, null, 0, List.of(), List.of());
  }

  public static CloudWatchReading unreachable(String why) {
    return new CloudWatchReading(State.UNREACHABLE, why, null, null, 0, List.of(), List.of());
  }

  /** True when the counts were asked for and do not bear out the client's. */
  @JsonIgnore
  public boolean disagrees() {
    return state != State.SETTLED && state != State.NOT_ASKED;
  }
}
