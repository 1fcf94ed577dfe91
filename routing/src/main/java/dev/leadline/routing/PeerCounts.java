package dev.leadline.routing;

import dev.leadline.routing.clock.EventClock;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What several balancers of one group tell each other: how many requests each has in flight at each
 * target. The sum of the others stands in the {@link TargetState}s for as long as it is worth
 * something. How the messages travel is not its business.
 *
 * <p>Old counts do harm: every balancer sends to the target that was empty, all at a time. So the
 * counts of a peer are used until they are one mean service time old, {@link #LONGEST} at most, and
 * not at all where requests are served faster than messages can follow. Without them a balancer
 * routes by its own requests.
 *
 * <p>What a peer says is bounded, because it may be wrong, by what this balancer has in flight
 * itself. A count is cut to {@value #EACH} and {@value #TIMES_OWN} times its own mean at a target.
 * Then all counts of the peer are cut to one level, 1 at least, so that their sum is at most
 * {@value #EACH} and {@value #TIMES_OWN} times its own sum: balancers of a group have about equally
 * many. A negative count is 0. Unknown targets, and peers beyond {@link #MOST_PEERS}, are left out.
 * Of a group of thousands a message costs what it says, and not what it leaves out.
 *
 * <p>Event loops of one process see each other's counts in memory ({@link
 * dev.leadline.routing.target.SharedCounts}), where nothing is lost or gets old. Each loop's router
 * hears every message. Each call that tells something is one event of the router. Nothing is
 * allocated for a message, once all peers are known. Not thread-safe: it belongs to the router's
 * event loop.
 */
public final class PeerCounts {

  /** Most peers; their numbers are 0 to this one, exclusive. */
  public static final int MOST_PEERS = 256;

  /** No count is used for longer. A peer that was silent for longer begins anew. */
  public static final Duration LONGEST = Duration.ofMillis(200);

  private static final long SHORTEST_INTERVAL_NANOS = 2_000_000;

  /** A peer counts until this many of its messages are missing. */
  private static final int INTERVALS = 5;

  private static final int EACH = 2;
  private static final int TIMES_OWN = 2;

  private final EventClock clock;
  private final Supplier<TargetSelector> selector;
  private final Runnable afterwards;
  private final Map<String, TargetState> byId = new HashMap<>();
  private List<TargetState> targets = List.of();
  private @Nullable Peer[] peers = new @Nullable Peer[0];
  private int indexes;
  private int inFlight;
  private int used;
  private long expiresNanos = Long.MAX_VALUE;

  /** What one peer said last. */
  private static final class Peer {
    final PeerClaims claims;
    int level;
    boolean complete;
    boolean used;
    long heardNanos;
    long expiresNanos;

    Peer(int size) {
      claims = new PeerClaims(size);
    }
  }

  /**
   * Nothing is known yet.
   *
   * @param afterwards called once at the end of every event
   */
  PeerCounts(EventClock clock, Supplier<TargetSelector> selector, Runnable afterwards) {
    this.clock = clock;
    this.selector = selector;
    this.afterwards = afterwards;
  }

  /**
   * A message of another balancer came. Held requests are answered once all of it counts.
   *
   * @param peer number of that balancer, 0 to {@link #MOST_PEERS}, exclusive; others are ignored.
   *     Messages of one peer come in the order in which they were sent
   * @param counts what it has in flight; not kept, so that the caller may fill it again
   * @param complete whether targets that it leaves out have no requests. If not, they have as many
   *     as before. A peer is ignored until its first complete message after a silence, and after a
   *     change of the group's targets
   * @param age how long ago it was true, as far as it is known; zero if it is not
   */
  public void heard(int peer, InFlightCounts counts, boolean complete, Duration age) {
    if (peer < 0 || peer >= MOST_PEERS) {
      return;
    }
    clock.advance();
    expire();
    long now = clock.nanoTime();
    Peer it = peer(peer);
    boolean silent = now - it.heardNanos > LONGEST.toNanos();
    it.complete = complete || (it.complete && !silent);
    it.heardNanos = now;
    it.expiresNanos = now - Math.max(0, age.toNanos()) + usefulNanos();
    if (it.complete) {
      take(it, counts, complete, it.expiresNanos > now);
      afterwards.run();
    }
  }

  /** Another balancer has left the group, or starts anew: it has nothing in flight any more. */
  public void forget(int peer) {
    clock.advance();
    expire();
    remove(peer);
    afterwards.run();
  }

  /** Whether what this peer has in flight counts now: its last message is young enough. */
  public boolean uses(int peer) {
    clock.advance();
    expire();
    if (peer < 0 || peer >= peers.length) {
      return false;
    }
    Peer it = peers[peer];
    return it != null && it.used;
  }

  /**
   * What this balancer has in flight at the targets of the group, for the others: of all its event
   * loops, without the requests of other balancers. Takes some nanoseconds a target and allocates
   * nothing.
   *
   * @param into is emptied and filled
   */
  public void own(InFlightCounts into) {
    into.clear();
    for (int i = 0; i < targets.size(); i++) {
      TargetState state = targets.get(i);
      into.add(state.target().id(), state.requestsInFlightOfAll(), state.requestsAwakeOfAll());
    }
  }

  /**
   * The shortest time between two messages of one balancer: a fifth of the mean service time, 2 to
   * 40 ms. Zero while none need to be sent: the policy does not use counts of others, nothing was
   * measured yet, or requests are served in less than 2 ms, so that every count would be old.
   */
  public Duration interval() {
    long cost = worthNanos();
    long nanos = Math.max(SHORTEST_INTERVAL_NANOS, cost / INTERVALS);
    return cost == 0
        ? Duration.ZERO
        : Duration.ofNanos(Math.min(nanos, LONGEST.toNanos() / INTERVALS));
  }

  /** These are the targets from now on. Everything that was said before is forgotten. */
  void use(List<TargetState> changed) {
    for (int peer = 0; peer < peers.length; peer++) {
      remove(peer);
    }
    targets = changed;
    byId.clear();
    indexes = 0;
    inFlight = 0;
    for (TargetState state : changed) {
      byId.put(state.target().id(), state);
      indexes = Math.max(indexes, state.index() + 1);
      inFlight += state.requestsInFlight();
    }
  }

  /** This router has sent a request to one of the targets. */
  void opened() {
    inFlight++;
  }

  /** One of its requests has ended, at a target that is still one of them. */
  void closed() {
    inFlight--;
  }

  /** Stops using what has become too old by now. */
  void expire() {
    long now = clock.nanoTime();
    if (now < expiresNanos) {
      return;
    }
    expiresNanos = Long.MAX_VALUE;
    for (Peer peer : peers) {
      if (peer != null && peer.used) {
        if (peer.expiresNanos <= now) {
          stopUsing(peer);
        } else {
          expiresNanos = Math.min(expiresNanos, peer.expiresNanos);
        }
      }
    }
  }

  /** The mean service time; 0 if counts of others are not used. */
  private long worthNanos() {
    long cost = selector.get().costNanos();
    return cost < SHORTEST_INTERVAL_NANOS ? 0 : cost;
  }

  /** How long counts are used after they were true; 0 for not at all. */
  private long usefulNanos() {
    return Math.min(worthNanos(), LONGEST.toNanos());
  }

  private void take(Peer peer, InFlightCounts counts, boolean complete, boolean use) {
    if (complete) {
      peer.claims.clear();
    }
    for (int i = 0; i < counts.size(); i++) {
      TargetState state = byId.get(counts.id(i));
      if (state != null) {
        peer.claims.say(state.index(), counts.inFlight(i), counts.awake(i));
      }
    }
    int own = own();
    int most = EACH + TIMES_OWN * own / Math.max(1, targets.size());
    int level = use ? peer.claims.level(most, EACH + TIMES_OWN * own) : 0;
    boolean othersToo =
        complete || use != peer.used || peer.claims.isAbove(Math.min(level, peer.level));
    peer.level = level;
    if (othersToo) {
      applyAll(peer);
    } else {
      for (int i = 0; i < counts.size(); i++) {
        TargetState state = byId.get(counts.id(i));
        if (state != null) {
          apply(peer, state);
        }
      }
    }
    use(peer, use);
    if (use) {
      expiresNanos = Math.min(expiresNanos, peer.expiresNanos);
    }
  }

  private void stopUsing(Peer peer) {
    peer.level = 0;
    applyAll(peer);
    use(peer, false);
  }

  /** Counts the balancers that are known. */
  private void use(Peer peer, boolean use) {
    if (peer.used != use) {
      peer.used = use;
      used += use ? 1 : -1;
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).balancers(1 + used);
      }
    }
  }

  private void remove(int number) {
    if (number >= 0 && number < peers.length) {
      Peer peer = peers[number];
      peers[number] = null;
      if (peer != null && peer.used) {
        stopUsing(peer);
      }
    }
  }

  private void applyAll(Peer peer) {
    for (int i = 0; i < targets.size(); i++) {
      apply(peer, targets.get(i));
    }
  }

  /** From now on the peer has at this target what it said, cut to its level. */
  private void apply(Peer peer, TargetState state) {
    int index = state.index();
    PeerClaims claims = peer.claims;
    int nowInFlight = claims.inFlight(index, peer.level);
    int nowAwake = claims.awake(index, peer.level);
    int moreInFlight = nowInFlight - claims.countedInFlight(index);
    int moreAwake = nowAwake - claims.countedAwake(index);
    if (moreInFlight != 0 || moreAwake != 0) {
      selector.get().othersChange(state);
      state.addAtPeers(moreInFlight, moreAwake);
      claims.counted(index, nowInFlight, nowAwake);
    }
  }

  /** What this balancer has in flight at all targets. */
  private int own() {
    if (targets.isEmpty() || targets.get(0).routers() == 1) {
      return inFlight;
    }
    int own = 0;
    for (int i = 0; i < targets.size(); i++) {
      own += targets.get(i).requestsInFlightOfAll();
    }
    return own;
  }

  private Peer peer(int number) {
    if (number >= peers.length) {
      peers = Arrays.copyOf(peers, Math.max(number + 1, 2 * peers.length));
    }
    Peer peer = peers[number];
    if (peer == null) {
      peer = new Peer(indexes);
      peers[number] = peer;
    }
    return peer;
  }
}
