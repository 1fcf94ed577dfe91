package dev.leadline.simulation.engine;

import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/** What servers say of their load with each of their answers. Not thread-safe. */
public final class LoadReports {

  /** What they say. Where one server lies, it is the first one; the others say the truth. */
  public enum Kind {
    SILENT("nothing"),
    TRUE("the truth"),
    ZERO("one says that it has no requests"),
    HUGE("one says that it has a million"),
    FREEZES("one says for a second what it had at its beginning"),
    LAGS("one says what it had ten answers before"),
    RAVES("one says random numbers, 0 to 49"),
    INVERTS("one says few when it has many, and the reverse"),
    ALL_HUGE("all say that they have a million"),
    ALL_RAVE("all say random numbers, 0 to 49"),
    ALL_INVERT("all say few when they have many, and the reverse");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    /** In words. */
    public String meaning() {
      return meaning;
    }
  }

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final double VERY_MANY = 1_000_000;
  private static final int MANY = 50;
  private static final int LATE = 10;

  private final EventQueue events;
  private final Kind kind;
  private final RandomGenerator random;
  private final ArrayDeque<Double> late = new ArrayDeque<>();
  private double frozen;
  private long frozenSecond = -1;

  LoadReports(EventQueue events, Kind kind, RandomGenerator random) {
    this.events = events;
    this.kind = kind;
    this.random = random;
  }

  /** How many requests this server says it has, with the answer to one; NaN if it says nothing. */
  double says(SimulatedServer server) {
    // The one that is answered has just left.
    double truth = server.inService() + server.waiting() + server.longPolls() + 1;
    boolean lies = server.number() == 0;
    return switch (kind) {
      case SILENT -> Double.NaN;
      case TRUE -> truth;
      case ZERO -> lies ? 0 : truth;
      case HUGE -> lies ? VERY_MANY : truth;
      case FREEZES -> lies ? frozen(truth) : truth;
      case LAGS -> lies ? late(truth) : truth;
      case RAVES -> lies ? random.nextInt(MANY) : truth;
      case INVERTS -> lies ? MANY / truth : truth;
      case ALL_HUGE -> VERY_MANY;
      case ALL_RAVE -> random.nextInt(MANY);
      case ALL_INVERT -> MANY / truth;
    };
  }

  private double frozen(double truth) {
    long second = events.nowNanos() / SECOND_NANOS;
    if (second != frozenSecond) {
      frozenSecond = second;
      frozen = truth;
    }
    return frozen;
  }

  private double late(double truth) {
    late.add(truth);
    return late.size() > LATE ? late.remove() : truth;
  }
}
