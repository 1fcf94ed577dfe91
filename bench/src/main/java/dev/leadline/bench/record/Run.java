package dev.leadline.bench.record;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.leadline.bench.lab.LabDescription;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Expectation;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pace;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was run: the content of {@code run.json}.
 *
 * @param endedAt of the last burst; null until then
 * @param remarks on this run that a reader must know, in sentences
 * @param bursts in the order they were run
 */
public record Run(
    String benchVersion,
    State state,
    Instant startedAt,
    @Nullable Instant endedAt,
    Settings settings,
    Client client,
    LabDescription lab,
    List<String> remarks,
    List<PlannedBurst> plan,
    List<BurstRecord> bursts) {

  /** Absent keys arrive as null from JSON; lists become empty instead. */
  public Run {
    remarks = remarks == null ? List.of() : List.copyOf(remarks);
    plan = plan == null ? List.of() : List.copyOf(plan);
    bursts = bursts == null ? List.of() : List.copyOf(bursts);
  }

  /** How far a run came. */
  public enum State {
    RUNNING,
    COMPLETE,
    INTERRUPTED;

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How it was run.
   *
   * @param requests of a burst; 0 where nobody can say before it
   * @param warmUps bursts per cell that count for nothing
   * @param timeoutMillis after which a request is given up, from its intended send
   * @param preConnected whether connections were open before the burst began
   * @param smallestDifference that matters, as a share: 0.05 is 5%, which it was before it was an
   *     option
   * @param load of a burst; null in files of older versions: all requests at once
   * @param http what was sent; null in files of older versions: GET over HTTP/1.1
   */
  public record Settings(
      long seed,
      int requests,
      int rounds,
      int warmUps,
      Pace pace,
      long timeoutMillis,
      boolean preConnected,
      Double smallestDifference,
      Load load,
      @Nullable HttpRecord http) {
    public static final double DEFAULT_SMALLEST_DIFFERENCE = 0.05;

    /** Absent keys arrive as null from JSON. */
    public Settings {
      smallestDifference =
          smallestDifference == null ? DEFAULT_SMALLEST_DIFFERENCE : smallestDifference;
      load = load == null ? Load.burst(requests) : load;
    }

    /** Bursts of GET requests, with the default smallest difference. */
    public Settings(
        long seed,
        int requests,
        int rounds,
        int warmUps,
        Pace pace,
        long timeoutMillis,
        boolean preConnected) {
      this(
          seed,
          requests,
          rounds,
          warmUps,
          pace,
          timeoutMillis,
          preConnected,
          DEFAULT_SMALLEST_DIFFERENCE,
          Load.burst(requests),
          null);
    }
  }

  /**
   * What was sent, without what may be secret.
   *
   * @param headers names of those that the user set
   * @param bodyBytes length of the body
   * @param version 1.1 or 2
   * @param verified whether a certificate had to be valid, where the lab does not say otherwise
   */
  public record HttpRecord(
      String method,
      List<String> headers,
      int bodyBytes,
      String version,
      boolean verified,
      Expectation expected) {}

  /** Where it was run from. */
  public record Client(String java, String vertx, String os, int processors, long openFileLimit) {}

  /**
   * One burst as it was.
   *
   * @param startedAt wall clock at the intended start
   * @param maxInFlight most requests begun and not yet ended at one moment
   * @param maxAwaitingAnswer most requests written and not yet ended at one moment
   * @param addresses of the balancer that accepted a connection; all of its name where none did
   * @param requests it had, each of which left a sample; null in the files of older versions
   * @param connections that were opened
   * @param steps of a ramp, in their order
   * @param audit of the client; null in files of older versions
   */
  public record BurstRecord(
      Phase phase,
      int round,
      String path,
      String balancer,
      Instant startedAt,
      int maxInFlight,
      int maxAwaitingAnswer,
      List<String> addresses,
      @Nullable Integer requests,
      @Nullable Integer connections,
      List<Step> steps,
      @Nullable Audit audit) {

    public BurstRecord {
      steps = steps == null ? List.of() : List.copyOf(steps);
    }

    /** Without what newer versions add. */
    public BurstRecord(
        Phase phase,
        int round,
        String path,
        String balancer,
        Instant startedAt,
        int maxInFlight,
        int maxAwaitingAnswer,
        List<String> addresses,
        @Nullable Integer requests) {
      this(
          phase,
          round,
          path,
          balancer,
          startedAt,
          maxInFlight,
          maxAwaitingAnswer,
          addresses,
          requests,
          null,
          List.of(),
          null);
    }

    /** The same burst under another label. */
    public BurstRecord as(PlannedBurst planned) {
      return new BurstRecord(
          planned.phase(),
          planned.round(),
          planned.cell().path(),
          planned.cell().balancer(),
          startedAt,
          maxInFlight,
          maxAwaitingAnswer,
          addresses,
          requests,
          connections,
          steps,
          audit);
    }

    /** True when limits of the client spoiled it. */
    public boolean spoiled() {
      return audit != null && audit.spoiled();
    }

    public Cell cell() {
      return new Cell(path, balancer);
    }

    /** The step of the plan that this burst was. */
    public PlannedBurst planned() {
      return new PlannedBurst(phase, round, cell());
    }

    /** How many requests it had: in an older run as many as every burst. */
    public int requestsOf(Settings settings) {
      return Objects.requireNonNullElse(requests, settings.requests());
    }
  }

  /**
   * One step of a ramp.
   *
   * @param startNanos after the start of the burst
   */
  public record Step(double perSecond, long startNanos, long durationNanos) {}

  /**
   * When the first request was due: later than {@link #startedAt()} where a run had to wait for a
   * quiet minute.
   */
  public Instant firstBurstAt() {
    return bursts.isEmpty() ? startedAt : bursts.get(0).startedAt();
  }

  public Run with(BurstRecord burst) {
    List<BurstRecord> more = new ArrayList<>(bursts);
    more.add(burst);
    return new Run(
        benchVersion, state, startedAt, endedAt, settings, client, lab, remarks, plan, more);
  }

  public Run withRemark(String remark) {
    List<String> more = new ArrayList<>(remarks);
    more.add(remark);
    return new Run(
        benchVersion, state, startedAt, endedAt, settings, client, lab, more, plan, bursts);
  }

  public Run ended(State state, Instant endedAt) {
    return new Run(
        benchVersion, state, startedAt, endedAt, settings, client, lab, remarks, plan, bursts);
  }
}
