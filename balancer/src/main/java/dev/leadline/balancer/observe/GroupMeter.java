package dev.leadline.balancer.observe;

import dev.leadline.routing.target.TargetState;
import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;
import org.HdrHistogram.Histogram;

/**
 * Counts of one target group since the start; they only grow. An Application Load Balancer's
 * metrics under plain names. Not thread-safe: it belongs to one event loop.
 */
public final class GroupMeter {

  /** Response times are kept to this many significant digits: 1%. */
  private static final int DIGITS = 2;

  private final String group;
  private final long[] targetResponses = new long[6];

  /** By state, which goes when its target has: nothing here outlives a target. */
  private final Map<TargetState, Account> byTarget = new WeakHashMap<>();

  private long requests;
  private long balancerErrors;
  private long connectionErrors;
  private Histogram responseMicros = new Histogram(DIGITS);

  /** Nothing counted yet for the group of this name. */
  public GroupMeter(String group) {
    this.group = group;
  }

  /** Name of the group. */
  public String group() {
    return group;
  }

  /** A target was chosen for a request. */
  public void request() {
    requests++;
  }

  /**
   * A target began to answer.
   *
   * @param status its status code
   * @param nanos time from sending the request to the head of the answer
   */
  public void targetResponse(int status, long nanos) {
    targetResponses[Math.min(Math.max(status / 100, 0), 5)]++;
    responseMicros.recordValue(Math.max(0, nanos / 1000));
  }

  /** The same answer, for its target's own account. */
  public void answered(TargetState target, long nanos) {
    Account account = byTarget.get(target);
    if (account == null) {
      account = new Account();
      byTarget.put(target, account);
    }
    account.count++;
    account.nanos += Math.max(0, nanos);
  }

  /** The balancer itself answered with 5xx. */
  public void balancerError() {
    balancerErrors++;
  }

  /** A target could not be connected to. */
  public void connectionError() {
    connectionErrors++;
  }

  /** The counts so far, as a copy. */
  public Counts counts() {
    return new Counts(
        requests, Arrays.copyOf(targetResponses, 6), balancerErrors, connectionErrors);
  }

  /** Answers of a target so far. */
  public ResponseTimes responseTimes(TargetState target) {
    Account account = byTarget.get(target);
    return account == null
        ? new ResponseTimes(0, 0)
        : new ResponseTimes(account.count, account.nanos);
  }

  /** Response times since the last call, in microseconds; starts a new collection. */
  public Histogram takeResponseMicros() {
    Histogram taken = responseMicros;
    responseMicros = new Histogram(DIGITS);
    return taken;
  }

  /**
   * Counts at one moment.
   *
   * @param requests requests for which a target was chosen
   * @param targetResponses answers of targets by the first digit of their status, 2 to 5
   * @param balancerErrors 5xx answers of the balancer's own
   * @param connectionErrors failed connections to targets
   */
  @SuppressWarnings("ArrayRecordComponent") // A copy that is made to be read once.
  public record Counts(
      long requests, long[] targetResponses, long balancerErrors, long connectionErrors) {

    /** Nothing was counted yet. */
    public static final Counts NONE = new Counts(0, new long[6], 0, 0);

    Counts plus(Counts other) {
      long[] responses = targetResponses.clone();
      Arrays.setAll(responses, digit -> responses[digit] + other.targetResponses[digit]);
      return new Counts(
          requests + other.requests,
          responses,
          balancerErrors + other.balancerErrors,
          connectionErrors + other.connectionErrors);
    }
  }

  /**
   * Answers of a target; both only grow, so that two moments give the mean between them.
   *
   * @param count how many answers began
   * @param nanos how long they took to begin, all together
   */
  public record ResponseTimes(long count, long nanos) {

    ResponseTimes plus(ResponseTimes other) {
      return new ResponseTimes(count + other.count, nanos + other.nanos);
    }
  }

  private static final class Account {
    long count;
    long nanos;
  }
}
