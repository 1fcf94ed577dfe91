package dev.leadline.routing.policy.builtin;

import java.util.Arrays;

/**
 * Turns in proportion to weights, evenly mixed: weights 5, 1, 1 give a a b a c a a and not a a a a
 * a b c. The algorithm is nginx's smooth weighted round robin: each turn every member gains its
 * weight, and the member with the highest balance is chosen and pays the sum of the weights.
 * Balances stay between minus and plus that sum, so they cannot overflow. Not thread-safe.
 */
public final class SmoothRotation {

  private long[] balance;

  /** A rotation over members 0 to {@code size - 1}, all with balance 0. */
  public SmoothRotation(int size) {
    balance = new long[size];
  }

  /** Adds a member, or replaces one that left; its balance is 0. */
  public void join(int member) {
    if (member >= balance.length) {
      balance = Arrays.copyOf(balance, Math.max(member + 1, 2 * balance.length));
    }
    balance[member] = 0;
  }

  /**
   * A member gains its weight. Call this once for each member of a turn, then {@link #pay}. Returns
   * the balance.
   */
  public long gain(int member, int weight) {
    balance[member] += weight;
    return balance[member];
  }

  /** The chosen member pays the sum of the weights of this turn's members. */
  public void pay(int member, long totalWeight) {
    balance[member] -= totalWeight;
  }

  /**
   * One whole turn over all members.
   *
   * @param weights weight of each member, 0 or more; a member of weight 0 is never chosen
   * @return the chosen member, or -1 if no weight is above 0
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
