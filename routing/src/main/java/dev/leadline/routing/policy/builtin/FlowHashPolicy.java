package dev.leadline.routing.policy.builtin;

import dev.leadline.routing.policy.PolicyContext;
import dev.leadline.routing.policy.PolicyRequest;
import dev.leadline.routing.policy.PolicyType;
import dev.leadline.routing.policy.RoutingPolicy;
import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code flow_hash}: related requests go to the same target, and nothing is stored about them. A
 * {@linkplain PolicyRequest#flow() flow} belongs to one of {@value #SLOTS} slots; every target gets
 * a number from the slot and its own id, and the smallest number wins the slot (rendezvous hashing;
 * Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6, 1998). When a target joins or
 * leaves, only its own flows move.
 *
 * <p>The number is {@code -ln(u) / weight} with {@code u} uniform in (0, 1) from the hash, so a
 * target wins in proportion to its weight.
 *
 * <p>One flow must not overload a target: no target may have more than {@code balance} times its
 * share of the requests in flight (consistent hashing with bounded loads; Mirrokni, Thorup and
 * Zadimoghaddam, SODA 2018). If a flow's target has reached that, the request goes to the winner of
 * the next slot, found by another hash, and so on (random jumps; Chen, Coleman and Shrivastava,
 * AAAI 2021); after {@value #MOST_JUMPS} of them to the target with the fewest in flight for its
 * weight. A new target has its flows at once.
 *
 * <p>The winner of a slot is computed when the slot is first needed after a change of the
 * candidates, in time proportional to their number. After that a choice takes constant time.
 *
 * @param balance highest ratio of a target's requests in flight to its share of them, 1.05 to 1000;
 *     no bound if it is at least the number of targets
 */
public record FlowHashPolicy(double balance) implements RoutingPolicy {

  private static final int SLOT_BITS = 16;
  private static final int SLOTS = 1 << SLOT_BITS;
  private static final int MOST_JUMPS = 16;

  static final PolicyType TYPE =
      new PolicyType(
          "flow_hash",
          "requests of one client to the same target, which none may swamp",
          true,
          settings ->
              new FlowHashPolicy(
                  settings.number(
                      "balance",
                      1.25,
                      1.05,
                      1000,
                      "times",
                      "Most requests in flight at a target, as a multiple of its share; further requests go to"
                          + " other targets.")));

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(PolicyContext context) {
    return new Selector(balance);
  }

  private static final class Identity {
    long hash;
    boolean isEligible;
    int countedInFlight;
  }

  private static final class Selector implements TargetSelector {

    private final double balance;
    private final PerTarget<Identity> identities = new PerTarget<>(Identity::new);
    private final LeastLoad leastLoad = new LeastLoad(LoadMetric.REQUESTS_IN_FLIGHT);
    private final @Nullable TargetState[] winners = new @Nullable TargetState[SLOTS];
    private List<TargetState> eligible = List.of();
    private long weights;
    private long inFlight;
    private boolean equalWeights;
    private boolean moved;

    Selector(double balance) {
      this.balance = balance;
    }

    @Override
    public void joined(TargetState target) {
      identities.joined(target);
      identities.of(target).hash = hash(target.target().id());
    }

    @Override
    public void eligible(List<TargetState> targets) {
      eligible.forEach(target -> identities.of(target).isEligible = false);
      eligible = targets;
      weights = 0;
      inFlight = 0;
      equalWeights = true;
      for (TargetState target : targets) {
        Identity identity = identities.of(target);
        identity.isEligible = true;
        identity.countedInFlight = 0;
        count(target);
        weights += target.target().weight();
        equalWeights &= target.target().weight() == targets.get(0).target().weight();
      }
      Arrays.fill(winners, null);
    }

    @Override
    public double requestOpened(TargetState target) {
      count(target);
      return 0;
    }

    @Override
    public void requestClosed(TargetState target, Outcome outcome, long nanos, double mark) {
      count(target);
    }

    /**
     * Counts the difference, so that the order of this event and a change of the candidates does
     * not matter.
     */
    private void count(TargetState target) {
      Identity identity = identities.of(target);
      if (identity.isEligible) {
        inFlight += target.requestsInFlight() - identity.countedInFlight;
        identity.countedInFlight = target.requestsInFlight();
      }
    }

    @Override
    public Selection select(List<TargetState> candidates, PolicyRequest request, int held) {
      double mostPerWeight = balance * (inFlight + 1) / weights;
      long flow = mix(request.flow());
      TargetState own = winner(slot(flow), candidates);
      TargetState chosen = own;
      for (int jump = 1; isFull(chosen, mostPerWeight) && jump <= MOST_JUMPS; jump++) {
        chosen = winner(slot(mix(flow + jump)), candidates);
      }
      if (isFull(chosen, mostPerWeight)) {
        chosen = leastLoad.choose(candidates);
      }
      moved = chosen != own;
      return chosen;
    }

    @Override
    public String rule() {
      return moved ? "the flow's next target: its own has more than its share" : "the flow's own";
    }

    private static boolean isFull(TargetState target, double mostPerWeight) {
      return target.requestsInFlight() >= Math.ceil(mostPerWeight * target.target().weight());
    }

    private TargetState winner(int slot, List<TargetState> candidates) {
      if (candidates != eligible) {
        // This request skips some targets.
        return find(slot, candidates);
      }
      TargetState winner = winners[slot];
      if (winner == null) {
        winner = find(slot, candidates);
        winners[slot] = winner;
      }
      return winner;
    }

    private TargetState find(int slot, List<TargetState> candidates) {
      long key = mix(slot);
      TargetState winner = candidates.get(0);
      double smallest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < candidates.size(); i++) {
        TargetState candidate = candidates.get(i);
        double uniform = uniform(mix(key ^ identities.of(candidate).hash));
        // Gives the same order without the logarithm, which costs the most.
        double number =
            equalWeights ? 1 - uniform : -Math.log(uniform) / candidate.target().weight();
        if (number < smallest) {
          smallest = number;
          winner = candidate;
        }
      }
      return winner;
    }

    private static int slot(long hash) {
      return (int) (hash >>> (Long.SIZE - SLOT_BITS));
    }

    /** FNV-1a, 64 bits, of the characters; {@link #mix} spreads it afterwards. */
    private static long hash(String id) {
      long hash = 0xcbf29ce484222325L;
      for (int i = 0; i < id.length(); i++) {
        hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
      }
      return hash;
    }

    /** The finisher of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit affects all. */
    private static long mix(long value) {
      long z = value + 0x9e3779b97f4a7c15L;
      z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
      z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
      return z ^ (z >>> 31);
    }

    /** Uniform in (0, 1): neither end, so that its logarithm is finite. */
    private static double uniform(long bits) {
      return ((bits >>> 11) + 0.5) * 0x1.0p-53;
    }
  }
}
