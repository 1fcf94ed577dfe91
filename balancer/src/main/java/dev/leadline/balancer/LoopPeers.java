package dev.leadline.balancer;

import dev.leadline.balancer.config.BalancerConfig;
import dev.leadline.balancer.observe.PeersSnapshot;
import dev.leadline.balancer.peers.PeerService;
import dev.leadline.balancer.peers.Routers;
import dev.leadline.balancer.proxy.ProxyGroup;
import dev.leadline.routing.InFlightCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The exchange with other balancers, for all event loops. It runs on the first of them, which sees
 * in memory what the others have in flight. What peers say it tells the routers of its own loop at
 * once, and those of the other loops when everything has been read that could be.
 */
final class LoopPeers implements Routers {

  private final BalancerLoop first;
  private final List<BalancerLoop> others;
  private List<Heard> news = new ArrayList<>();
  private @Nullable PeerService service;
  private @Nullable BalancerConfig latest;
  private boolean left;

  /**
   * What the other loops do not know yet.
   *
   * @param counts null: the peer has left
   */
  private record Heard(
      String group,
      int peer,
      @Nullable InFlightCounts counts,
      boolean complete,
      Duration age,
      long atNanos) {

    void tell(BalancerLoop loop) {
      ProxyGroup known = loop.group(group);
      if (known == null) {
        return;
      }
      if (counts == null) {
        known.router().peers().forget(peer);
      } else {
        Duration now = age.plusNanos(System.nanoTime() - atNanos); // the loop may have been busy
        known.router().peers().heard(peer, counts, complete, now);
      }
    }
  }

  LoopPeers(List<BalancerLoop> loops) {
    first = loops.get(0);
    others = loops.subList(1, loops.size());
  }

  /** Begins, if the configuration has peers; fails if the socket cannot be opened. */
  Future<?> start(Vertx vertx, BalancerConfig config) {
    if (config.peers().isEmpty()) {
      return Future.succeededFuture();
    }
    return first
        .ask(() -> PeerService.start(vertx, config.peers().get(), config.targetGroups(), this))
        .compose(opening -> opening)
        .compose(
            opened ->
                first.ask(
                    () -> {
                      service = opened;
                      useLatest();
                      if (left) {
                        opened.leave();
                      }
                      return opened;
                    }));
  }

  /** Another configuration takes over. To be called after the loops were told of it. */
  void take(BalancerConfig changed) {
    first.run(
        () -> {
          latest = changed;
          useLatest();
        });
  }

  /** A change that came while the socket was being opened is taken over when it is open. */
  private void useLatest() {
    PeerService running = service;
    BalancerConfig changed = latest;
    if (running != null && changed != null) {
      changed.peers().ifPresent(peers -> running.use(peers, changed.targetGroups()));
    }
  }

  /** What there is to see of the exchange. */
  Future<PeersSnapshot> snapshot() {
    return first.ask(() -> service == null ? PeersSnapshot.OFF : service.snapshot());
  }

  /** The others hear that this balancer has nothing in flight any more. */
  Future<?> leave() {
    return first.ask(
        () -> {
          left = true;
          if (service != null) {
            service.leave();
          }
          return true;
        });
  }

  @Override
  public void own(String group, InFlightCounts into) {
    ProxyGroup known = first.group(group);
    if (known == null) {
      into.clear();
    } else {
      known.router().peers().own(into);
    }
  }

  @Override
  public Duration interval(String group) {
    ProxyGroup known = first.group(group);
    return known == null ? Duration.ZERO : known.router().peers().interval();
  }

  @Override
  public void heard(String group, int peer, InFlightCounts counts, boolean complete, Duration age) {
    long now = System.nanoTime();
    new Heard(group, peer, counts, complete, age, now).tell(first);
    if (!others.isEmpty()) {
      news.add(new Heard(group, peer, copy(counts), complete, age, now));
    }
  }

  @Override
  public void forget(String group, int peer) {
    Heard gone = new Heard(group, peer, null, false, Duration.ZERO, 0);
    gone.tell(first);
    if (!others.isEmpty()) {
      news.add(gone);
    }
  }

  /** {@code counts} are filled again before the other loops have read them. */
  private static InFlightCounts copy(InFlightCounts counts) {
    InFlightCounts copy = new InFlightCounts();
    for (int i = 0; i < counts.size(); i++) {
      copy.add(counts.id(i), counts.inFlight(i), counts.awake(i));
    }
    return copy;
  }

  @Override
  public void handOver() {
    if (!news.isEmpty()) {
      List<Heard> all = news;
      news = new ArrayList<>();
      others.forEach(loop -> loop.run(() -> all.forEach(it -> it.tell(loop))));
    }
  }
}
