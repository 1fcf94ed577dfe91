package dev.leadline.balancer.proxy;

import dev.leadline.balancer.config.BalancerConfig.ExtraRequests;
import dev.leadline.balancer.observe.ExtraCounts;
import dev.leadline.routing.clock.NanoClock;
import dev.leadline.routing.resilience.Budget;
import dev.leadline.routing.resilience.LatencyQuantile;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * What may be sent to a group beyond its clients' requests: retries, hedges and probes, out of one
 * budget. Not thread-safe: it belongs to one event loop.
 */
public final class ExtraBudget {

  private final Vertx vertx;
  private final ExtraRequests rules;
  private final NanoClock clock;
  private final Budget budget;
  private final @Nullable LatencyQuantile hedgeAfter;
  private long retries;
  private long hedges;
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

  /** A client's request arrived. */
  void requestArrived() {
    budget.requestArrived();
  }

  /** A target began to answer after so long. */
  void answered(long nanos) {
    if (hedgeAfter != null) {
      hedgeAfter.add(nanos);
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

  /** Whether a failed request may be sent again. */
  boolean mayRetry() {
    boolean may = rules.retry() && take();
    retries += may ? 1 : 0;
    return may;
  }

  /** Whether a slow request may be sent to a second target. */
  boolean mayHedge() {
    boolean may = take();
    hedges += may ? 1 : 0;
    return may;
  }

  /** Whether a target may be probed because its policy asks for it. */
  boolean mayProbe() {
    boolean may = take();
    probes += may ? 1 : 0;
    return may;
  }

  /** What was sent so far. */
  ExtraCounts counts() {
    return new ExtraCounts(retries, hedges, probes, refused);
  }

  private boolean take() {
    boolean may = budget.tryTake(clock.nanoTime());
    refused += may ? 0 : 1;
    return may;
  }
}
