package dev.leadline.routing;

import java.util.Arrays;

/**
 * How many requests one balancer has in flight at each target of a group: what {@link
 * PeerCounts#own} says of this balancer, and what {@link PeerCounts#heard} takes of another one. It
 * can be filled again and again, and allocates nothing once it is large enough. Not thread-safe.
 */
public final class InFlightCounts {

  /** Most targets; of a larger group only the first ones are told. */
  public static final int MOST_TARGETS = 4096;

  private String[] ids = new String[16];
  private int[] inFlight = new int[16];
  private int[] awake = new int[16];
  private int size;

  /** Empties it. */
  public InFlightCounts clear() {
    size = 0;
    return this;
  }

  /**
   * Adds a target.
   *
   * @param id of the target, unique in the group
   * @param requests in flight there
   * @param awakeRequests those of them that do not only wait there, as a long poll does
   * @return false if there are {@value #MOST_TARGETS} already: then it is not added
   */
  public boolean add(String id, int requests, int awakeRequests) {
    if (size == MOST_TARGETS) {
      return false;
    }
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
      inFlight = Arrays.copyOf(inFlight, 2 * size);
      awake = Arrays.copyOf(awake, 2 * size);
    }
    ids[size] = id;
    inFlight[size] = requests;
    awake[size++] = awakeRequests;
    return true;
  }

  /** How many targets it has. */
  public int size() {
    return size;
  }

  /** Id of the target at this place, from 0 on. */
  public String id(int place) {
    return ids[place];
  }

  /** Requests in flight at the target of this place. */
  public int inFlight(int place) {
    return inFlight[place];
  }

  /** Those of them that are awake. */
  public int awake(int place) {
    return awake[place];
  }
}
