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
  private int[] inFlight = new int[0];
  private int[] awake = new int[0];
  private int used;
  private long expiresNanos = Long.MAX_VALUE;

  /** What one peer said last, by the index of the target. */
  private static final class Peer {
    final int[] inFlight;
    final int[] awake;
    boolean complete;
    boolean used;
    long heardNanos;
    long expiresNanos;

    Peer(int size) {
      inFlight = new int[size];
      awake = new int[size];
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
      read(it, counts, complete);
      take(it, it.expiresNanos > now);
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
    int size = 0;
    for (TargetState state : changed) {
      byId.put(state.target().id(), state);
      size = Math.max(size, state.index() + 1);
    }
    inFlight = new int[size];
    awake = new int[size];
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

  private void take(Peer peer, boolean use) {
    for (int i = 0; i < targets.size(); i++) {
      TargetState state = targets.get(i);
      int index = state.index();
      replace(peer, state, use ? inFlight[index] : 0, use ? awake[index] : 0);
      peer.inFlight[index] = inFlight[index];
      peer.awake[index] = awake[index];
    }
    use(peer, use);
    if (use) {
      expiresNanos = Math.min(expiresNanos, peer.expiresNanos);
    }
  }

  private void stopUsing(Peer peer) {
    for (int i = 0; i < targets.size(); i++) {
      replace(peer, targets.get(i), 0, 0);
    }
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

  private void replace(Peer peer, TargetState state, int nowInFlight, int nowAwake) {
    int beforeInFlight = peer.used ? peer.inFlight[state.index()] : 0;
    int beforeAwake = peer.used ? peer.awake[state.index()] : 0;
    if (nowInFlight != beforeInFlight || nowAwake != beforeAwake) {
      selector.get().othersChange(state);
      state.addAtPeers(nowInFlight - beforeInFlight, nowAwake - beforeAwake);
    }
  }

  /** Reads a message into {@link #inFlight} and {@link #awake}. */
  private void read(Peer peer, InFlightCounts counts, boolean complete) {
    for (int index = 0; index < inFlight.length; index++) {
      inFlight[index] = complete ? 0 : peer.inFlight[index];
      awake[index] = complete ? 0 : peer.awake[index];
    }
    int own = own();
    int most = EACH + TIMES_OWN * own / Math.max(1, targets.size());
    for (int i = 0; i < counts.size(); i++) {
      TargetState state = byId.get(counts.id(i));
      if (state != null) {
        int requests = Math.max(0, Math.min(counts.inFlight(i), most));
        inFlight[state.index()] = requests;
        awake[state.index()] = Math.max(0, Math.min(counts.awake(i), requests));
      }
    }
    cut(level(most, EACH + TIMES_OWN * own));
  }

  /** What this balancer has in flight at all targets. */
  private int own() {
    int own = 0;
    for (int i = 0; i < targets.size(); i++) {
      own += targets.get(i).requestsInFlightOfAll();
    }
    return own;
  }

  /** The largest count, 1 to {@code most}, to which all must be cut to have this sum at most. */
  private int level(int most, int sum) {
    int least = 1;
    int level = most;
    while (least < level) {
      int middle = (least + level + 1) / 2;
      if (sumCutTo(middle) <= sum) {
        least = middle;
      } else {
        level = middle - 1;
      }
    }
    return level;
  }

  private long sumCutTo(int level) {
    long sum = 0;
    for (int requests : inFlight) {
      sum += Math.min(requests, level);
    }
    return sum;
  }

  private void cut(int level) {
    for (int index = 0; index < inFlight.length; index++) {
      inFlight[index] = Math.min(inFlight[index], level);
      awake[index] = Math.min(awake[index], level);
    }
  }

  private Peer peer(int number) {
    if (number >= peers.length) {
      peers = Arrays.copyOf(peers, Math.max(number + 1, 2 * peers.length));
    }
    Peer peer = peers[number];
    if (peer == null) {
      peer = new Peer(inFlight.length);
      peers[number] = peer;
    }
    return peer;
  }
}
