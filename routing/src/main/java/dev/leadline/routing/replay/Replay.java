package dev.leadline.routing.replay;

import dev.leadline.routing.GroupRouter;
import dev.leadline.routing.GroupSettings;
import dev.leadline.routing.PendingRequest;
import dev.leadline.routing.Refusal;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.RoutingObserver;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.Target;
import dev.leadline.routing.target.TargetGroup;
import dev.leadline.routing.target.TargetState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets everything happen again that stands in a {@link Recording}, to a new router: with the same
 * settings and the same random numbers it comes to the same answers. With other settings it tells
 * what they would have chosen, as far as the rest would have happened all the same. Not
 * thread-safe.
 */
public final class Replay {

  private final Map<Integer, Asked> requests = new HashMap<>();
  private final List<String> answers = new ArrayList<>();
  private final ArrayDeque<Boolean> probeAnswers = new ArrayDeque<>();
  private final GroupRouter router;
  private long nowNanos;

  private Replay(List<String> lines, GroupSettings settings, RandomGenerator random) {
    for (String line : lines) {
      if (line.startsWith("probe ")) {
        probeAnswers.add(Boolean.valueOf(line.split(" ", -1)[2]));
      }
    }
    router =
        new GroupRouter(
            group(lines.get(0).split(" ", -1)),
            settings,
            () -> nowNanos,
            random,
            target -> Boolean.TRUE.equals(probeAnswers.poll()),
            RoutingObserver.NONE);
  }

  /**
   * Replays a recording from its beginning.
   *
   * @param lines its lines; answers among them are not looked at
   * @param random in the state in which the recorded router got its own
   * @return the answers, in the form of {@link Recording#answers}
   * @throws IllegalArgumentException if a line is none of a recording
   */
  public static List<String> answers(
      List<String> lines, GroupSettings settings, RandomGenerator random) {
    if (lines.isEmpty() || !lines.get(0).startsWith("0 group ")) {
      throw new IllegalArgumentException("a recording begins with '0 group NAME TARGETS'");
    }
    Replay replay = new Replay(lines, settings, random);
    for (String line : lines.subList(1, lines.size())) {
      if (!line.startsWith("->") && !line.startsWith("probe ")) {
        replay.happens(line);
      }
    }
    return replay.answers;
  }

  private void happens(String line) {
    String[] words = line.split(" ", -1);
    try {
      nowNanos = Long.parseLong(words[0]);
      switch (words[1]) {
        case "group" -> router.update(group(words));
        case "arrived" -> arrive(words);
        case "withdrawn" -> router.withdraw(request(words[2]));
        case "ended" -> end(request(words[2]).inFlight, Outcome.valueOf(words[3]));
        case "checked" -> router.checked(target(words[2]), Boolean.parseBoolean(words[3]));
        case "probed" ->
            router.probed(
                target(words[2]),
                words[3].equals("failed")
                    ? Optional.empty()
                    : Optional.of(Long.parseLong(words[3])));
        case "measured" ->
            router.measured(
                target(words[2]),
                Double.parseDouble(words[3]),
                Duration.ofNanos(Long.parseLong(words[4])));
        case "tick" -> router.tick();
        default -> throw new IllegalArgumentException("what is " + words[1] + "?");
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException | NullPointerException e) {
      throw new IllegalArgumentException("no line of a recording: " + line, e);
    }
  }

  private void arrive(String[] words) {
    @Nullable TargetState avoid = words[4].equals("-") ? null : target(words[4]);
    Asked request = new Asked(words[2], Long.parseLong(words[3]), avoid);
    requests.put(Integer.valueOf(words[2]), request);
    router.route(request);
  }

  private static void end(@Nullable RequestInFlight request, Outcome outcome) {
    if (request == null) {
      return; // Other settings: it has not been sent yet.
    }
    switch (outcome) {
      case SUCCEEDED -> request.succeeded();
      case FAILED -> request.failed();
      case IGNORED -> request.ignored();
    }
  }

  private Asked request(String number) {
    return Objects.requireNonNull(requests.get(Integer.valueOf(number)));
  }

  /** The last one of this name: one that left may drain beside its successor, which comes first. */
  private TargetState target(String id) {
    return router.states().stream()
        .filter(state -> state.target().id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no target is called " + id));
  }

  private static TargetGroup group(String[] words) {
    List<Target> targets = new ArrayList<>();
    for (int i = 3; i < words.length; i++) {
      String[] parts = words[i].split("/", -1);
      int last = parts.length - 1;
      String id = String.join("/", List.of(parts).subList(0, last - 2));
      targets.add(
          new Target(
              id,
              parts[last - 2],
              Integer.parseInt(parts[last - 1]),
              Integer.parseInt(parts[last])));
    }
    return new TargetGroup(words[2], targets);
  }

  /** A request as it was. */
  private final class Asked implements PendingRequest {
    private final String number;
    private final long flow;
    private final @Nullable TargetState avoid;
    private @Nullable RequestInFlight inFlight;

    Asked(String number, long flow, @Nullable TargetState avoid) {
      this.number = number;
      this.flow = flow;
      this.avoid = avoid;
    }

    @Override
    public void forward(RequestInFlight chosen) {
      inFlight = chosen;
      answers.add("-> " + number + " " + chosen.target().target().id());
    }

    @Override
    public void refuse(Refusal reason) {
      answers.add("-> " + number + " " + reason);
    }

    @Override
    public long flow() {
      return flow;
    }

    @Override
    public @Nullable TargetState avoid() {
      return avoid;
    }
  }
}
