package dev.leadline.routing.explain;

import dev.leadline.routing.policy.TargetSelector;
import dev.leadline.routing.target.Selection;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last decisions of a group. To keep it cheap, it takes at most one decision a millisecond and
 * {@value #MOST_CANDIDATES} candidates of each, and allocates nothing once it is full. Not
 * thread-safe.
 */
public final class DecisionLog {

  /** Decisions that are kept. */
  public static final int SIZE = 64;

  private static final int MOST_CANDIDATES = 64;
  private static final long BETWEEN_NANOS = 1_000_000;

  private final Entry[] entries = new Entry[SIZE];
  private int next;
  private int count;
  private long keptNanos = -BETWEEN_NANOS;

  private static final class Entry {
    long nanos;
    String answer = "";
    String rule = "";
    int held;
    int size;
    @Nullable TargetState[] targets = new @Nullable TargetState[8];
    double[] loads = new double[8];
    int[] inFlight = new int[8];
  }

  /** Whether a decision made now should be added. */
  public boolean wantsOne(long nowNanos) {
    return nowNanos - keptNanos >= BETWEEN_NANOS;
  }

  /** Adds a decision. To be called before it takes effect. */
  public void add(
      long nowNanos,
      List<TargetState> candidates,
      Selection selection,
      int held,
      TargetSelector selector) {
    keptNanos = nowNanos;
    Entry entry = entries[next];
    if (entry == null) {
      entry = new Entry();
      entries[next] = entry;
    }
    next = next + 1 == SIZE ? 0 : next + 1;
    count = Math.min(count + 1, SIZE);
    entry.nanos = nowNanos;
    entry.answer =
        selection instanceof TargetState chosen ? chosen.target().id() : selection.toString();
    entry.rule = selector.rule();
    entry.held = held;
    entry.size = Math.min(candidates.size(), MOST_CANDIDATES);
    if (entry.loads.length < entry.size) {
      entry.targets = new @Nullable TargetState[entry.size];
      entry.loads = new double[entry.size];
      entry.inFlight = new int[entry.size];
    }
    for (int i = 0; i < entry.size; i++) {
      TargetState candidate = candidates.get(i);
      entry.targets[i] = candidate;
      entry.loads[i] = selector.load(candidate);
      entry.inFlight[i] = candidate.requestsInFlightOfAll() + candidate.requestsInFlightAtPeers();
    }
  }

  /** The last decisions, newest first, at most {@code most}. */
  public List<Decision> last(int most, long nowNanos) {
    List<Decision> decisions = new ArrayList<>();
    for (int i = 1; i <= Math.min(most, count); i++) {
      Entry entry = entries[Math.floorMod(next - i, SIZE)];
      List<Decision.Candidate> candidates = new ArrayList<>();
      for (int c = 0; c < entry.size; c++) {
        TargetState target = entry.targets[c];
        if (target != null) {
          candidates.add(
              new Decision.Candidate(target.target().id(), entry.loads[c], entry.inFlight[c]));
        }
      }
      decisions.add(
          new Decision(nowNanos - entry.nanos, entry.answer, entry.rule, entry.held, candidates));
    }
    return decisions;
  }
}
