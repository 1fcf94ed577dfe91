package dev.leadline.routing.policy;

import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Surroundings;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code flow_hash}: requests that belong together go to the same target, without anything being
 * remembered of them. Every target gets a number from the {@linkplain PendingRequest#flow() flow}
 * and its own id, and the smallest wins (rendezvous hashing; Thaler and Ravishankar, IEEE/ACM
 * Transactions on Networking 6, 1998). When a target comes or goes, only its own flows move.
 *
 * <p>With {@code u} uniform in (0, 1) from the hash, the number is {@code -ln(u) / weight}: the
 * smallest of such belongs to a target as often as its weight says.
 *
 * <p>One flow must not swamp a target: none may have more than {@code balance} times its share of
 * the requests in flight, and then the flow's next target is taken (consistent hashing with bounded
 * loads; Mirrokni, Thorup and Zadimoghaddam, SODA 2018). 0 switches this off. A target nothing is
 * known of has its flows at once. The cost of a choice grows with the number of candidates.
 *
 * @param balance most requests in flight at a target over its share of them: 0 (no bound), or 1.05
 *     to 100
 */
public record FlowHashPolicy(double balance) implements RoutingPolicy {

  static final PolicyType TYPE =
      new PolicyType(
          "flow_hash",
          "requests of one client to the same target, which none may swamp",
          true,
          settings -> new FlowHashPolicy(settings.number("balance", 1.25, 0, 100)));

  public FlowHashPolicy {
    if (balance != 0 && balance < 1.05) {
      // Below, hardly a flow could stay with its target.
      balance = 1.05;
    }
  }

  @Override
  public String name() {
    return TYPE.name();
  }

  @Override
  public TargetSelector newSelector(Surroundings surroundings) {
    return new Selector(balance);
  }

  private static final class Identity {
    long hash;
  }

  private static final class Selector implements TargetSelector {

    private final double balance;
    private final PerTarget<Identity> identities = new PerTarget<>(Identity::new);
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
    public Selection select(List<TargetState> candidates, PendingRequest request, int held) {
      long flow = mix(request.flow());
      double perWeight = balance == 0 ? Double.POSITIVE_INFINITY : mostPerWeight(candidates);
      TargetState first = candidates.get(0);
      double firstNumber = Double.POSITIVE_INFINITY;
      @Nullable TargetState free = null;
      double freeNumber = Double.POSITIVE_INFINITY;
      for (int i = 0; i < candidates.size(); i++) {
        TargetState candidate = candidates.get(i);
        int weight = candidate.target().weight();
        double number = -Math.log(uniform(mix(flow ^ identities.of(candidate).hash))) / weight;
        if (number < firstNumber) {
          firstNumber = number;
          first = candidate;
        }
        if (number < freeNumber && candidate.requestsInFlight() < Math.ceil(perWeight * weight)) {
          freeNumber = number;
          free = candidate;
        }
      }
      moved = free != null && free != first;
      return free == null ? first : free;
    }

    @Override
    public String rule() {
      return moved ? "the flow's next target: its own has more than its share" : "the flow's own";
    }

    private double mostPerWeight(List<TargetState> candidates) {
      long inFlight = 1;
      long weights = 0;
      for (int i = 0; i < candidates.size(); i++) {
        inFlight += candidates.get(i).requestsInFlight();
        weights += candidates.get(i).target().weight();
      }
      return balance * inFlight / weights;
    }

    /** FNV-1a, 64 bits, of the characters; {@link #mix} spreads it afterwards. */
    private static long hash(String id) {
      long hash = 0xcbf29ce484222325L;
      for (int i = 0; i < id.length(); i++) {
        hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
      }
      return hash;
    }

    /**
     * The finisher of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit decides on all.
     */
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
