package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries the messages of balancers that tell each other what they have in flight. A balancer sends
 * when its counts have changed, at most once an {@linkplain
 * dev.leadline.routing.PeerCounts#interval() interval}, and after two intervals in any case. As in
 * the product a message has what changed since the one before the last, and all counts every 100
 * ms.
 */
final class PeerNetwork {

  private static final long HALF_PERIOD_NANOS = 5_000_000_000L;
  private static final long LAG_NANOS = 100_000_000L;
  private static final long ALL_NANOS = 100_000_000L;

  private final EventQueue events;
  private final Exchange exchange;
  private final RandomGenerator random;
  private final IntUnaryOperator cell;
  private final List<Sender> senders = new ArrayList<>();
  private final EventQueue.Lane<Delivery> inTime;
  private final EventQueue.Lane<Delivery> late;
  private final Liar liar;

  private record Delivery(int from, int to, InFlightCounts counts, boolean complete) {}

  /**
   * @param cell of the balancer with this number; only balancers of one cell tell each other
   */
  PeerNetwork(EventQueue events, Exchange exchange, RandomGenerator random, IntUnaryOperator cell) {
    this.events = events;
    this.exchange = exchange;
    this.random = random;
    this.cell = cell;
    long delay = exchange.delay().toNanos();
    liar = new Liar(exchange.trouble(), random);
    inTime = events.lane(delay, this::deliver);
    late = events.lane(delay + LAG_NANOS, this::deliver);
  }

  /** Hears of the requests of the balancer with this number. */
  RoutingObserver observer(int balancer) {
    while (senders.size() <= balancer) {
      senders.add(new Sender(senders.size()));
    }
    return senders.get(balancer);
  }

  /** The balancer with this number has this router from now on. */
  void use(int balancer, GroupRouter router) {
    Sender it = senders.get(balancer);
    it.router = router;
    it.allNanos = Sender.NEVER;
    it.next.set(events.nowNanos());
  }

  /** The balancer sends and hears nothing until it is used again; the others notice by nothing. */
  void stop(int balancer) {
    senders.get(balancer).router = null;
    senders.get(balancer).next.cancel();
  }

  private void deliver(Delivery it) {
    GroupRouter to = senders.get(it.to).router;
    if (to != null) {
      to.peers().heard(it.from, it.counts, it.complete, Duration.ZERO);
    }
  }

  private boolean isCut(int from, int to) {
    if (random.nextDouble() < exchange.loss()) {
      return true;
    }
    int half = senders.size() / 2;
    return exchange.trouble() == Exchange.Trouble.PARTITION
        && events.nowNanos() / HALF_PERIOD_NANOS % 2 == 1
        && from < half != to < half;
  }

  /** One balancer's side of the exchange. */
  private final class Sender implements RoutingObserver {
    static final long NEVER = Long.MIN_VALUE / 2;

    private final int number;
    private final EventQueue.Timer next = events.timer(this::send);
    private @Nullable GroupRouter router;
    private Set<TargetState> changed = new LinkedHashSet<>();
    private Set<TargetState> changedBefore = new LinkedHashSet<>();
    private long sentNanos = NEVER;
    private long allNanos = NEVER;
    private boolean wakes;

    Sender(int number) {
      this.number = number;
    }

    @Override
    public void requestOpened(TargetState target) {
      change(target);
    }

    @Override
    public void requestClosed(TargetState target, Outcome outcome, long nanos) {
      change(target);
    }

    private void change(TargetState target) {
      changed.add(target);
      if (!wakes && router != null && intervalNanos(router) > 0) {
        wakes = true;
        next.set(sentNanos + intervalNanos(router));
      }
    }

    private void send() {
      wakes = false;
      GroupRouter from = router;
      if (from == null || intervalNanos(from) == 0) {
        return; // the next request wakes it
      }
      sentNanos = events.nowNanos();
      next.set(sentNanos + 2 * intervalNanos(from));
      boolean lies = number == 0 && liar.lies();
      boolean all = lies || sentNanos - allNanos >= ALL_NANOS;
      InFlightCounts counts = new InFlightCounts();
      if (all) {
        allNanos = sentNanos;
        from.peers().own(counts);
      } else {
        changedBefore.addAll(changed);
        changedBefore.stream().filter(it -> !it.hasLeft()).forEach(it -> tell(it, counts));
      }
      Set<TargetState> toldTwice = changedBefore;
      toldTwice.clear();
      changedBefore = changed;
      changed = toldTwice;
      InFlightCounts said = lies ? liar.says(counts, sentNanos) : counts;
      for (int to = 0; to < senders.size(); to++) {
        if (to != number && cell.applyAsInt(to) == cell.applyAsInt(number) && !isCut(number, to)) {
          (number == 0 && exchange.trouble() == Exchange.Trouble.LAGS ? late : inTime)
              .add(new Delivery(number, to, said, all));
        }
      }
    }

    private static void tell(TargetState target, InFlightCounts into) {
      into.add(target.target().id(), target.requestsInFlightOfAll(), target.requestsAwakeOfAll());
    }
  }

  private static long intervalNanos(GroupRouter router) {
    return router.peers().interval().toNanos();
  }
}
