package dev.leadline.balancer.peers;

import dev.leadline.balancer.observe.PeerRefusal;
import dev.leadline.routing.PeerCounts;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A balancer of the list, and what it last said of itself. It is known by its address, and stays as
 * long as it is listed: what it sent before is still refused when it has been silent. Not
 * thread-safe.
 */
final class Peer {

  private final InetSocketAddress address;
  private final int number;
  private final boolean isSelf;
  private final Map<PeerRefusal, Long> refused = new EnumMap<>(PeerRefusal.class);
  private TargetKeys keys;
  private int[] inFlight;
  private int[] awake;
  private boolean[] said;
  private BitSet untold = new BitSet();
  private long untoldNanos;
  private boolean heard;
  private boolean left;
  private boolean present;
  private long sender;
  private long boot;
  private long sequence;
  private long heardNanos;
  private final Delay delay = new Delay();
  private long ageAtArrivalNanos;
  private boolean complete;
  private long nextPart;
  private long received;

  /**
   * @param number of the peer, from 0 on; no other one has it at the same time
   * @param isSelf whether it is this balancer
   */
  Peer(InetSocketAddress address, int number, boolean isSelf, TargetKeys keys) {
    this.address = address;
    this.number = number;
    this.isSelf = isSelf;
    this.keys = keys;
    inFlight = new int[keys.size()];
    awake = new int[keys.size()];
    said = new boolean[keys.size()];
  }

  InetSocketAddress address() {
    return address;
  }

  int number() {
    return number;
  }

  boolean isSelf() {
    return isSelf;
  }

  /** Whether anything was ever believed. */
  boolean isHeard() {
    return heard;
  }

  /** Whether it was heard of not long ago, and has not said that it leaves. */
  boolean isAlive(long nowNanos) {
    return heard && !left && ageNanos(nowNanos) < PeerCounts.LONGEST.toNanos();
  }

  /** Whether it is alive and is the balancer that this datagram is from. */
  boolean isAliveAs(Datagram datagram, long nowNanos) {
    return isAlive(nowNanos) && sender == datagram.sender;
  }

  /** Whether the log has said that it is heard, and not that it is lost. */
  boolean isPresent() {
    return present;
  }

  void present(boolean said) {
    present = said;
  }

  /** Whether it has said something of all targets, so that its counts are of use. */
  boolean isComplete() {
    return complete;
  }

  /** The places of targets of which it has said something that the routers do not know yet. */
  BitSet untold() {
    return untold;
  }

  /**
   * How old the first thing is that the routers do not know yet, at the moment when the last
   * datagram came, in nanoseconds, as far as that is known.
   */
  long ageOfUntoldNanos() {
    return ageAtArrivalNanos + (untold.isEmpty() ? 0 : heardNanos - untoldNanos);
  }

  /** Time since it was heard of. */
  long ageNanos(long nowNanos) {
    return nowNanos - heardNanos;
  }

  long received() {
    return received;
  }

  Map<PeerRefusal, Long> refused() {
    return Map.copyOf(refused);
  }

  /** A datagram from its address was refused; how many were for this reason, this one included. */
  long refused(PeerRefusal reason) {
    return refused.merge(reason, 1L, Long::sum);
  }

  /** Requests that it has in flight at the target in this place. */
  int inFlight(int place) {
    return inFlight[place];
  }

  /** Of those the ones that are awake. */
  int awake(int place) {
    return awake[place];
  }

  /** All of them. */
  int inFlight() {
    int sum = 0;
    for (int each : inFlight) {
      sum += each;
    }
    return sum;
  }

  /** There are other targets; what is known of those that stay is kept. */
  void use(TargetKeys changed) {
    complete = false;
    nextPart = 0;
    int[] inFlightBefore = inFlight;
    int[] awakeBefore = awake;
    TargetKeys before = keys;
    keys = changed;
    inFlight = new int[changed.size()];
    awake = new int[changed.size()];
    said = new boolean[changed.size()];
    untold = new BitSet();
    for (int i = 0; i < changed.size(); i++) {
      int place = before.place(changed.key(i));
      if (place != TargetKeys.NONE) {
        inFlight[i] = inFlightBefore[place];
        awake[i] = awakeBefore[place];
      }
    }
  }

  /** Why a datagram that is signed as it should be is not believed; null if it is. */
  @Nullable PeerRefusal problem(Datagram datagram, long nowNanos) {
    if (isSelf) {
      return PeerRefusal.REPLAYED; // What this balancer sent itself has come back.
    }
    if (heard) {
      // Whoever starts again was silent before, or has said that it leaves. Another balancer's
      // datagram that is sent with this one's address would shut this one out otherwise.
      boolean isOther = datagram.boot != boot && isAlive(nowNanos);
      if (isOther || datagram.boot < boot || (datagram.boot == boot && datagram.sender != sender)) {
        return PeerRefusal.OLDER_BOOT;
      }
      if (datagram.boot == boot && datagram.sequence <= sequence) {
        return PeerRefusal.REPLAYED;
      }
    }
    return null;
  }

  /** Whether this datagram, which can be believed, is the first one after a restart. */
  boolean isNewBoot(Datagram datagram) {
    return heard && datagram.boot != boot;
  }

  /**
   * Believes a datagram.
   *
   * @return how many targets of it are none of this balancer's
   */
  int take(Datagram datagram, long nowNanos) {
    if (!isAlive(nowNanos) || datagram.boot != boot) {
      clear();
    }
    if (datagram.boot != boot) {
      delay.reset();
    }
    ageAtArrivalNanos = delay.of(datagram.sentNanos, nowNanos);
    heard = true;
    sender = datagram.sender;
    boot = datagram.boot;
    sequence = datagram.sequence;
    heardNanos = nowNanos;
    received++;
    left = datagram.leaves;
    if (left) {
      clear();
      return 0;
    }
    if (datagram.beginsAll) {
      Arrays.fill(said, false);
    }
    if (untold.isEmpty() || datagram.beginsAll) {
      untoldNanos = nowNanos;
    }
    int unknown = 0;
    for (int i = 0; i < datagram.size; i++) {
      int place = keys.place(datagram.keys[i]);
      if (place == TargetKeys.NONE) {
        unknown++;
      } else {
        inFlight[place] = datagram.inFlight[i];
        awake[place] = datagram.awake[i];
        said[place] = true;
        untold.set(place);
      }
    }
    part(datagram);
    return unknown;
  }

  /**
   * Its counts are complete after a series of datagrams of which none is missing. Of a target that
   * the series leaves out the peer does not know, or not any more: it has nothing there.
   */
  private void part(Datagram datagram) {
    if (!datagram.beginsAll && datagram.sequence != nextPart) {
      nextPart = 0;
    } else if (datagram.endsAll) {
      nextPart = 0;
      complete = true;
      for (int i = 0; i < said.length; i++) {
        if (!said[i]) {
          inFlight[i] = 0;
          awake[i] = 0;
        }
      }
    } else {
      nextPart = datagram.sequence + 1;
    }
  }

  private void clear() {
    Arrays.fill(inFlight, 0);
    Arrays.fill(awake, 0);
    complete = false;
    nextPart = 0;
    untold.clear();
  }
}
