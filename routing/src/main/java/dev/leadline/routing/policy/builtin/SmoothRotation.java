package dev.leadline.routing.policy.builtin;

import java.util.Arrays;

/**
 * Turns by weight, evenly mixed: of weights 5, 1, 1 come a a b a c a a and not a a a a a b c. The
 * algorithm is nginx's smooth weighted round robin: each turn every participant gains its weight,
 * the richest is chosen and pays the sum of all weights. Balances stay within plus and minus that
 * sum, so nothing overflows however long it runs. Not thread-safe.
 */
public final class SmoothRotation {

  private long[] balance;

  /** A rotation over members 0 to {@code size - 1}; nobody has had a turn. */
  public SmoothRotation(int size) {
    balance = new long[size];
  }

  /** One more member, or a new one in the place of one that left; it has had no turn. */
  public void join(int member) {
    if (member >= balance.length) {
      balance = Arrays.copyOf(balance, Math.max(member + 1, 2 * balance.length));
    }
    balance[member] = 0;
  }

  /** A member gains its weight. Call once for each participant of a turn, then {@link #pay}. */
  public long gain(int member, int weight) {
    balance[member] += weight;
    return balance[member];
  }

  /** The chosen member pays the sum of the weights of this turn's participants. */
  public void pay(int member, long totalWeight) {
    balance[member] -= totalWeight;
  }

  /**
   * One whole turn over all members.
   *
   * @param weights weight of each member, 0 or more; a member of weight 0 never has its turn
   * @return whose turn it is, or -1 if no weight is above 0
   */
  public int next(int[] weights) {
    int richest = -1;
    long most = Long.MIN_VALUE;
    long total = 0;
    for (int member = 0; member < weights.length; member++) {
      if (weights[member] == 0) {
        continue;
      }
      total += weights[member];
      long wealth = gain(member, weights[member]);
      if (wealth > most) {
        most = wealth;
        richest = member;
      }
    }
    if (richest >= 0) {
      pay(richest, total);
    }
    return richest;
  }
}
