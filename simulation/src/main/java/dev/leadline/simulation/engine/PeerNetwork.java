package dev.leadline.simulation.engine;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.InFlightCounts;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Carries the messages of balancers that tell each other what they have in flight. A balancer sends
 * when its counts have changed, at most once an {@linkplain
 * dev.leadline.routing.PeerCounts#interval() interval}, and after two intervals in any case.
 */
final class PeerNetwork {

  private static final long HALF_PERIOD_NANOS = 5_000_000_000L;
  private static final long LAG_NANOS = 100_000_000L;

  private final EventQueue events;
  private final Exchange exchange;
  private final RandomGenerator random;
  private final List<Sender> senders = new ArrayList<>();
  private final EventQueue.Lane<Delivery> inTime;
  private final EventQueue.Lane<Delivery> late;
  private final Liar liar;

  private record Delivery(int from, int to, InFlightCounts counts) {}

  PeerNetwork(EventQueue events, Exchange exchange, RandomGenerator random) {
    this.events = events;
    this.exchange = exchange;
    this.random = random;
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
      to.peers().heard(it.from, it.counts, true, Duration.ZERO);
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
    private final int number;
    private final EventQueue.Timer next = events.timer(this::send);
    private @Nullable GroupRouter router;
    private long sentNanos = Long.MIN_VALUE / 2;
    private boolean changed;

    Sender(int number) {
      this.number = number;
    }

    @Override
    public void requestOpened(TargetState target) {
      change();
    }

    @Override
    public void requestClosed(TargetState target, Outcome outcome, long nanos) {
      change();
    }

    private void change() {
      if (!changed && router != null && intervalNanos(router) > 0) {
        changed = true;
        next.set(sentNanos + intervalNanos(router));
      }
    }

    private void send() {
      changed = false;
      GroupRouter from = router;
      if (from == null || intervalNanos(from) == 0) {
        return; // the next request wakes it
      }
      sentNanos = events.nowNanos();
      next.set(sentNanos + 2 * intervalNanos(from));
      InFlightCounts counts = new InFlightCounts();
      from.peers().own(counts);
      if (number == 0) {
        counts = liar.says(counts, events.nowNanos());
      }
      for (int to = 0; to < senders.size(); to++) {
        if (to != number && !isCut(number, to)) {
          (number == 0 && exchange.trouble() == Exchange.Trouble.LAGS ? late : inTime)
              .add(new Delivery(number, to, counts));
        }
      }
    }
  }

  private static long intervalNanos(GroupRouter router) {
    return router.peers().interval().toNanos();
  }
}
