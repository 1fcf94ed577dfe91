package dev.leadline.routing.target;

import dev.leadline.routing.health.TargetHealth;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one target at this moment. The only mutable object of the core, written by the
 * router that owns it and by nobody else; policies read it. Not thread-safe: it belongs to one
 * event loop.
 */
public final class TargetState implements Selection {

  /** No probe has measured this target, or the last one failed. */
  public static final long UNMEASURED = -1;

  private Target target;
  private final int index;
  private final TargetHealth health;
  private final SharedCounts.@Nullable View counts;
  private final SharedCounts.@Nullable Cell shared;

  private int requestsInFlight;
  private int requestsParked;
  private int inFlightAtPeers;
  private int awakeAtPeers;
  private int balancers = 1;
  private StrangerLoad strangers = new StrangerLoad();
  private long succeeded;
  private long failed;
  private long ignored;
  private long probedResponseNanos = UNMEASURED;
  private double metric = Double.NaN;
  private long metricNanos;
  private boolean left;

  /** A target that only one router has. */
  public TargetState(Target target, int index, TargetHealth health) {
    this(target, index, health, null);
  }

  /**
   * @param target the target
   * @param index its index in a policy's arrays, 0 or more; no other target of the group has it
   *     while this one belongs to the group or has requests in flight
   * @param health its health
   * @param counts of the routers that share the target; null if only one router has it
   */
  public TargetState(
      Target target, int index, TargetHealth health, SharedCounts.@Nullable View counts) {
    this.target = target;
    this.index = index;
    this.health = health;
    this.counts = counts;
    shared = counts == null ? null : counts.join(target);
  }

  /** The target. */
  public Target target() {
    return target;
  }

  /** The same server has another weight. For the owner only. */
  public void reweigh(Target changed) {
    target = changed;
  }

  /** Index of the target in a policy's arrays, 0 or more. It is not its position in the group. */
  public int index() {
    return index;
  }

  /** Result of the health checks. */
  public TargetHealth health() {
    return health;
  }

  /** Requests that this router has sent to the target and that have not ended yet. */
  public int requestsInFlight() {
    return requestsInFlight;
  }

  /** Routers that have this target, this one included. */
  public int routers() {
    return shared == null ? 1 : shared.routers();
  }

  /**
   * Shows the other routers the capacity window that this one has learned.
   *
   * @param size requests in flight of all routers that the target can use; 0 if it is not known
   */
  public void showWindow(int size) {
    if (shared != null) {
      shared.window(size);
    }
  }

  /**
   * The smallest capacity window that any other router has learned, {@code own} if it is smaller.
   */
  public int smallestWindow(int own) {
    return shared == null ? own : shared.windowElsewhere(own);
  }

  /** Requests in flight at the target of other routers, at this moment; 0 if there are none. */
  public int requestsInFlightElsewhere() {
    return shared == null ? 0 : shared.inFlightElsewhere();
  }

  /** Of those the {@linkplain #parked parked} ones. */
  public int requestsParkedElsewhere() {
    return shared == null ? 0 : shared.parkedElsewhere();
  }

  /** Requests in flight at the target, of all routers of this process. */
  public int requestsInFlightOfAll() {
    return requestsInFlight + requestsInFlightElsewhere();
  }

  /** Of those the ones that are not {@linkplain #parked parked}. */
  public int requestsAwakeOfAll() {
    return requestsInFlightOfAll() - requestsParked - requestsParkedElsewhere();
  }

  /** Requests in flight at the target of other balancers, as they said; 0 if it is not known. */
  public int requestsInFlightAtPeers() {
    return inFlightAtPeers;
  }

  /** Of those the ones that do not only wait there. */
  public int requestsAwakeAtPeers() {
    return awakeAtPeers;
  }

  /** Other balancers have so many more, or fewer. For the owner only. */
  public void addAtPeers(int inFlight, int awake) {
    inFlightAtPeers += inFlight;
    awakeAtPeers += awake;
  }

  /** Requests in flight there that come neither from this balancer nor from its peers. */
  public StrangerLoad strangers() {
    return strangers;
  }

  /** Nothing is known of strangers any more. For the owner only. */
  public void forgetStrangers() {
    strangers = new StrangerLoad();
  }

  /** Balancers whose requests are known here, this one included. */
  public int balancers() {
    return balancers;
  }

  /** So many balancers' requests are known, this one's included. For the owner only. */
  public void balancers(int count) {
    balancers = count;
  }

  /** Requests that ended with this outcome since the start. */
  public long count(Outcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> succeeded;
      case FAILED -> failed;
      case IGNORED -> ignored;
    };
  }

  /**
   * How long the target took to answer the last probe, in nanoseconds; {@link #UNMEASURED} if there
   * was no probe or it failed, because failing fast must not look fast.
   */
  public long probedResponseNanos() {
    return probedResponseNanos;
  }

  /** A request was sent to this target. For the owner only. */
  public void requestOpened() {
    requestsInFlight++;
    if (shared != null) {
      shared.addInFlight(1);
    }
  }

  /** Of the requests in flight so many only wait at the target and leave room for others. */
  public void parked(int requests) {
    if (shared != null) {
      shared.addParked(requests - requestsParked);
    }
    requestsParked = requests;
  }

  /** A request to this target ended. For the owner only. */
  public void requestClosed(Outcome outcome) {
    requestsInFlight--;
    if (shared != null) {
      shared.addInFlight(-1);
    }
    switch (outcome) {
      case SUCCEEDED -> succeeded++;
      case FAILED -> failed++;
      case IGNORED -> ignored++;
    }
  }

  /** A probe ended. For the owner only. */
  public void probed(long responseNanos) {
    probedResponseNanos = responseNanos;
  }

  /**
   * The last value of the policy's metric, in the metric's unit, 0 or more; NaN if there is none.
   */
  public double metric() {
    return metric;
  }

  /** The time that the metric's value describes, on the router's clock. */
  public long metricNanos() {
    return metricNanos;
  }

  /** A metric was read. For the owner only. */
  public void measured(double value, long trueAtNanos) {
    metric = value;
    metricNanos = trueAtNanos;
  }

  /** Whether the target was removed from its group and only finishes its requests. */
  public boolean hasLeft() {
    return left;
  }

  /** The target was removed from its group. For the owner only. */
  public void leave() {
    left = true;
  }

  /** Nothing more will happen at the target: it has left, and its last request has ended. */
  public void forget() {
    if (counts != null) {
      counts.leave(target);
    }
  }

  @Override
  public String toString() {
    return target.id();
  }
}
