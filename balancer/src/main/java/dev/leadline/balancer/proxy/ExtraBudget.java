package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.ExtraRequests;
import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.resilience.Budget;
import dev.leadline.routing.resilience.LatencyQuantile;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * What may be sent to a group beyond its clients' requests: retries, hedges and probes, out of one
 * budget. Not thread-safe: it belongs to one event loop.
 */
public final class ExtraBudget implements RequestEnd.Listener {

  private final Vertx vertx;
  private ExtraRequests rules;
  private final NanoClock clock;
  private Budget budget;
  private @Nullable LatencyQuantile hedgeAfter;
  private long probes;
  private long refused;

  /** The budget of a group of which nothing was seen yet. */
  public ExtraBudget(Vertx vertx, ExtraRequests rules, NanoClock clock) {
    this.vertx = vertx;
    this.rules = rules;
    this.clock = clock;
    budget = new Budget(rules.perRequest(), rules.perSecond(), clock.nanoTime());
    hedgeAfter = rules.hedging().map(it -> new LatencyQuantile(it.quantile())).orElse(null);
  }

  /** From now on these rules hold. What was counted stays; a quantile that changes is learned. */
  void use(ExtraRequests changed) {
    if (changed.equals(rules)) {
      return;
    }
    if (!changed.hedging().equals(rules.hedging())) {
      hedgeAfter = changed.hedging().map(it -> new LatencyQuantile(it.quantile())).orElse(null);
    }
    budget = new Budget(changed.perRequest(), changed.perSecond(), clock.nanoTime());
    rules = changed;
  }

  /** A client's request arrived. */
  public void requestArrived() {
    budget.requestArrived();
  }

  /** From how long answers took it follows when a request counts as slow. */
  @Override
  public void ended(RequestEnd end) {
    TargetAttempt attempt = hedgeAfter == null ? null : end.attempt();
    if (hedgeAfter != null
        && attempt != null
        && attempt.result() == TargetAttempt.Result.ANSWERED) {
      hedgeAfter.add(attempt.responseNanos());
    }
  }

  /** Runs {@code hedge} when a request that is sent now counts as slow, if hedging is on. */
  void hedgeLater(Runnable hedge) {
    if (hedgeAfter == null || hedgeAfter.nanos() == Long.MAX_VALUE) {
      return;
    }
    long least = rules.hedging().orElseThrow().leastDelay().toMillis();
    vertx.setTimer(Math.max(least, hedgeAfter.nanos() / 1_000_000), timer -> hedge.run());
  }

  /** Whether an answer with this status is a failure that another target may mend. */
  boolean retriesAnswer(int status) {
    return rules.retryCodes().isPresent() && rules.retryCodes().get().contain(status);
  }

  /** Whether a failed request may be sent again. */
  public boolean mayRetry() {
    return rules.retry() && take();
  }

  /** Whether a slow request may be sent to a second target. */
  boolean mayHedge() {
    return take();
  }

  /** Whether a target may be probed because its policy asks for it. */
  boolean mayProbe() {
    boolean may = take();
    probes += may ? 1 : 0;
    return may;
  }

  /** Probes so far that a policy asked for and that were allowed. */
  long probes() {
    return probes;
  }

  /** Extra requests that were not sent because the budget was used up. */
  long refused() {
    return refused;
  }

  private boolean take() {
    boolean may = budget.tryTake(clock.nanoTime());
    refused += may ? 0 : 1;
    return may;
  }
}
