package dev.leadline.routing.replay;

import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Everything that happens to a router, a line each: the time in nanoseconds since it began, what
 * happened, and to whom. Requests are numbered as they arrive. Answers stand between the events as
 * {@code -> number target} or {@code -> number REASON}, and are not needed for a {@link Replay}: it
 * has to come to the same ones. Grows with every event: for looking into something, not for always.
 * Not thread-safe.
 */
public final class Recording {

  private final List<String> lines = new ArrayList<>();
  private final IdentityHashMap<PendingRequest, Integer> pending = new IdentityHashMap<>();
  private final IdentityHashMap<RequestInFlight, Integer> inFlight = new IdentityHashMap<>();
  private int arrived;

  /** What was written down, in the order in which it happened. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Lines of answers only. */
  public static List<String> answers(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("->")).toList();
  }

  /** The router has these targets now. */
  public void group(long nanos, TargetGroup group) {
    StringBuilder line = new StringBuilder().append(nanos).append(" group ").append(group.name());
    for (Target target : group.targets()) {
      line.append(' ').append(target.id()).append('/').append(target.address());
      line.append('/').append(target.port()).append('/').append(target.weight());
    }
    lines.add(line.toString());
  }

  /** A request asks for a target. */
  public void arrived(long nanos, PendingRequest request) {
    pending.put(request, arrived);
    @Nullable TargetState avoid = request.avoid();
    String avoids = avoid == null ? "-" : avoid.target().id();
    lines.add(nanos + " arrived " + arrived + " " + request.flow() + " " + avoids);
    arrived++;
  }

  /** It got its answer. */
  public void answered(PendingRequest request, RequestInFlight chosen) {
    Integer number = pending.remove(request);
    if (number != null) {
      inFlight.put(chosen, number);
      lines.add("-> " + number + " " + chosen.target().target().id());
    }
  }

  /** It was refused. */
  public void refused(PendingRequest request, Refusal reason) {
    Integer number = pending.remove(request);
    if (number != null) {
      lines.add("-> " + number + " " + reason);
    }
  }

  /** It does not wait any more. */
  public void withdrawn(long nanos, PendingRequest request) {
    Integer number = pending.remove(request);
    if (number != null) {
      lines.add(nanos + " withdrawn " + number);
    }
  }

  /** It ended. */
  public void ended(long nanos, RequestInFlight request, Outcome outcome) {
    Integer number = inFlight.remove(request);
    if (number != null) {
      lines.add(nanos + " ended " + number + " " + outcome);
    }
  }

  /** A health check ended. */
  public void checked(long nanos, TargetState target, boolean success) {
    lines.add(nanos + " checked " + target.target().id() + " " + success);
  }

  /** A probe ended; empty if it failed. */
  public void probed(long nanos, TargetState target, OptionalLong responseNanos) {
    String response = responseNanos.isPresent() ? "" + responseNanos.getAsLong() : "failed";
    lines.add(nanos + " probed " + target.target().id() + " " + response);
  }

  /** A metric was read. */
  public void measured(long nanos, TargetState target, double value, long ageNanos) {
    lines.add(nanos + " measured " + target.target().id() + " " + value + " " + ageNanos);
  }

  /** Time has passed. */
  public void tick(long nanos) {
    lines.add(nanos + " tick");
  }

  /** The policy asked for a probe, and this is what it was told. */
  public void askedForProbe(TargetState target, boolean sent) {
    lines.add("probe " + target.target().id() + " " + sent);
  }
}
