package dev.leadline.balancer.observe;

import java.util.List;
import java.util.Map;

/**
 * What there is to see of the exchange with other balancers.
 *
 * @param on whether there is one
 * @param intervalMillis least time between two messages to the others, in milliseconds
 * @param sent datagrams handed to the network
 * @param unsent datagrams that the network did not take
 * @param received datagrams that were believed
 * @param refused datagrams that were not, by the reason
 * @param unknownTargets counts in believed datagrams of targets that this balancer does not have
 * @param leftOut members beyond the limit, or whose names do not resolve
 * @param problem why the list of members could not be read just now; empty if it could
 * @param members each balancer of the list, in its order
 */
public record PeersSnapshot(
    boolean on,
    int intervalMillis,
    long sent,
    long unsent,
    long received,
    Map<PeerRefusal, Long> refused,
    long unknownTargets,
    int leftOut,
    String problem,
    List<Member> members) {

  /** There is no exchange. */
  public static final PeersSnapshot OFF =
      new PeersSnapshot(false, 0, 0, 0, 0, Map.of(), 0, 0, "", List.of());

  /** How a member stands. */
  public enum State {
    /** It is this balancer. */
    SELF,
    /** Its counts are used. */
    USED,
    /** Nothing was ever heard of it. */
    UNHEARD,
    /** It has not been heard of for a while, or it has said that it leaves. */
    SILENT
  }

  /**
   * A balancer of the list.
   *
   * @param address IP address and port
   * @param state how it stands
   * @param ageMillis since it was heard of, in milliseconds; -1 if it never was
   * @param received datagrams of it that were believed
   * @param refused datagrams from its address that were not, by the reason
   * @param requestsInFlight what it has in flight at targets of this balancer; 0 if it is not used
   */
  public record Member(
      String address,
      State state,
      long ageMillis,
      long received,
      Map<PeerRefusal, Long> refused,
      int requestsInFlight) {}

  /** The same with why the list could not be read. */
  public PeersSnapshot with(String listProblem) {
    return new PeersSnapshot(
        on,
        intervalMillis,
        sent,
        unsent,
        received,
        refused,
        unknownTargets,
        leftOut,
        listProblem,
        members);
  }

  /** How many members are used. */
  public long used() {
    return members.stream().filter(it -> it.state() == State.USED).count();
  }
}
