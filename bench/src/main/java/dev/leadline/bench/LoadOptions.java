package dev.leadline.bench;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.load.OpenFileLimit;
import dev.leadline.bench.plan.Arrivals;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code run} that say how many requests are sent, and when. */
final class LoadOptions {
  private static final int DEFAULT_REQUESTS = 1000;
  private static final int DEFAULT_USERS = 50;
  private static final int DEFAULT_STEPS = 10;
  private static final Duration DEFAULT_DURATION = Duration.ofSeconds(10);
  private static final Duration DEFAULT_STEP = Duration.ofSeconds(5);
  private static final Duration LONG_INTERVAL = Duration.ofMinutes(1);

  /** Each has a connection of its own. */
  private static final int MAX_AT_ONCE = 50_000;

  private static final int MAX_CONNECTIONS_UNASKED = 1000;
  private static final int MAX_STREAMS = 1000;
  private static final int MAX_STEPS = 100;
  private static final int MAX_RATE = 200_000;
  private static final int MAX_THREADS = 64;
  private static final Duration MAX_DURATION = Duration.ofHours(24);

  /** One event loop sends this many without being late, and needs a core for some 20,000. */
  private static final int RATE_OF_A_LOOP = 10_000;

  @Option(
      names = {"-n", "--requests"},
      paramLabel = "N",
      description = "Requests of one measurement, all at once unless -c, -q or -z is given (1000).")
  @Nullable Integer requests;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      description =
          "Connections that are kept. Without -q: as many users, each of which waits for its"
              + " answer (50 with -z); with -q: at most as many.")
  @Nullable Integer connections;

  @Option(
      names = {"-z", "--duration"},
      paramLabel = "DURATION",
      description = "Send for this long; of a ramp: for each step (with -q 10s, of a ramp 5s).")
  @Nullable Duration duration;

  @Option(
      names = {"-q", "--rate"},
      paramLabel = "R[..R]",
      description =
          "Send R requests/s in all, whether or not earlier ones were answered; 500..5000: in"
              + " steps of rising rate, until the server cannot follow.")
  @Nullable String rate;

  @Option(
      names = "--pattern",
      paramLabel = "burst|rate|closed|ramp|soak",
      description =
          "How requests follow each other. It need not be given but for soak (a rate with figures"
              + " for each interval): -q gives rate or ramp, -c or -z alone closed, else burst.")
  @Nullable Pattern pattern;

  @Option(
      names = "--arrivals",
      paramLabel = "constant|poisson",
      defaultValue = "constant",
      description = "Distances between the requests of a rate: equal or random (${DEFAULT-VALUE}).")
  Arrivals arrivals = Arrivals.CONSTANT;

  @Option(names = "--steps", paramLabel = "N", description = "Steps of a ramp (10).")
  @Nullable Integer steps;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      description = "Intervals of a soak (1m, or a tenth of a shorter soak).")
  @Nullable Duration interval;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "1",
      description = "Requests at once on one connection; needs --http2 (${DEFAULT-VALUE}).")
  int streams = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Event loops of the client (1 for each 10,000 requests/s; without -q a processor each; a"
              + " burst 1).")
  @Nullable Integer threads;

  @Option(
      names = "--pre-connect",
      description =
          "Open the connections before a burst begins; without this a request's time includes the"
              + " connection that is opened for it.")
  boolean preConnect;

  @Option(names = "--disable-keepalive", description = "A new connection for each request.")
  boolean disableKeepAlive;

  /**
   * Checks all, and answers with the load of one measurement.
   *
   * @throws BenchException naming the option that cannot be used
   */
  Load load(boolean http2) {
    Pattern kind = kind();
    checkCombination(kind, http2);
    double[] rates = rates(kind);
    double first = rates[0];
    double last = rates[1];
    int stepsOrDefault = kind != Pattern.RAMP ? 1 : steps == null ? DEFAULT_STEPS : steps;
    long millis = durationMillis(kind);
    int number = number(kind, millis);
    int opened = connections(kind, number);
    Load load =
        new Load(
            kind,
            number,
            opened,
            kind != Pattern.BURST && !disableKeepAlive,
            streams,
            first,
            last,
            stepsOrDefault,
            arrivals,
            millis,
            kind == Pattern.SOAK ? intervalMillis(millis) : 0,
            loops(kind, last, opened));
    if (load.expectedRequests() > Load.MAX_REQUESTS) {
      throw BenchException.usage(
          ("these are %,d requests in one measurement, and %,d are the most: lower -q or -z, and"
                  + " raise --rounds instead")
              .formatted(load.expectedRequests(), Load.MAX_REQUESTS));
    }
    if (preConnect && first > 0 && connections == null) {
      throw BenchException.usage(
          "--pre-connect with -q needs -c: how many connections are to be opened?");
    }
    return load;
  }

  /** Whether one measurement takes minutes or hours, and is made once unless more are asked for. */
  boolean takesLong() {
    return kind() == Pattern.RAMP || kind() == Pattern.SOAK;
  }

  private Pattern kind() {
    if (pattern != null) {
      return pattern;
    }
    if (interval != null) {
      return Pattern.SOAK;
    }
    if (rate != null) {
      return rate.contains("..") ? Pattern.RAMP : Pattern.RATE;
    }
    return connections != null || duration != null ? Pattern.CLOSED : Pattern.BURST;
  }

  private void checkCombination(Pattern kind, boolean http2) {
    boolean rated = kind == Pattern.RATE || kind == Pattern.RAMP || kind == Pattern.SOAK;
    refuse(!rated && rate != null, kind, "-q", "--pattern rate");
    refuse(rated && rate == null, kind, "no -q", "-q, the requests per second");
    refuse(kind == Pattern.BURST && duration != null, kind, "-z", "-c or -q with it");
    refuse(kind == Pattern.BURST && connections != null, kind, "-c", "-n, one connection each");
    refuse(kind == Pattern.RAMP && requests != null, kind, "-n", "-z, the time of each step");
    refuse(kind != Pattern.RAMP && steps != null, kind, "--steps", "-q FROM..TO");
    refuse(kind != Pattern.SOAK && interval != null, kind, "--interval", "--pattern soak");
    refuse(!rated && arrivals == Arrivals.POISSON, kind, "--arrivals", "-q");
    refuse(
        disableKeepAlive && streams > 1, kind, "--streams with --disable-keepalive", "one of them");
    refuse(disableKeepAlive && preConnect, kind, "--pre-connect", "kept connections for that");
    if (streams > 1 && !http2) {
      throw BenchException.usage(
          "--streams needs --http2: HTTP/1.1 has one request at once on a connection");
    }
    range("--requests", requests, kind == Pattern.BURST ? MAX_AT_ONCE : Load.MAX_REQUESTS);
    range("-c", connections, MAX_AT_ONCE);
    range("--streams", streams, MAX_STREAMS);
    range("--steps", steps, MAX_STEPS);
    range("--threads", threads, MAX_THREADS);
    duration("-z", duration);
    duration("--interval", interval);
  }

  /** First and last; both 0 where none is given. */
  private double[] rates(Pattern kind) {
    if (rate == null) {
      return new double[] {0, 0};
    }
    String[] ends = rate.split("\\.\\.", -1);
    double[] rates = new double[2];
    try {
      rates[0] = Double.parseDouble(ends[0]);
      rates[1] = Double.parseDouble(ends[ends.length - 1]);
    } catch (NumberFormatException e) {
      throw BenchException.usage(
          "-q %s: it must be requests per second, as 500, or 500..5000 for a ramp".formatted(rate));
    }
    boolean fits = ends.length == (kind == Pattern.RAMP ? 2 : 1) && rates[0] <= rates[1];
    if (!fits || !(rates[0] > 0 && rates[1] <= MAX_RATE)) {
      throw BenchException.usage(
          (kind == Pattern.RAMP
                  ? "-q %s: a ramp goes from a rate above 0 to a higher one, up to %,d: 500..5000"
                  : "-q %s: it must be one number above 0, up to %,d")
              .formatted(rate, MAX_RATE));
    }
    return rates;
  }

  private long durationMillis(Pattern kind) {
    if (duration != null) {
      return duration.toMillis();
    }
    return switch (kind) {
      case BURST, CLOSED, SOAK -> 0;
      case RATE -> requests == null ? DEFAULT_DURATION.toMillis() : 0;
      case RAMP -> DEFAULT_STEP.toMillis();
    };
  }

  /** 0: as many as there is time for. */
  private int number(Pattern kind, long durationMillis) {
    if (kind == Pattern.SOAK && durationMillis == 0) {
      throw BenchException.usage("--pattern soak needs -z: how long is it to last?");
    }
    return requests != null ? requests : durationMillis == 0 ? DEFAULT_REQUESTS : 0;
  }

  private int connections(Pattern kind, int number) {
    if (kind == Pattern.BURST) {
      return (number + streams - 1) / streams;
    }
    if (kind == Pattern.CLOSED) {
      int users = connections != null ? connections : DEFAULT_USERS;
      if (number != 0 && number < users * streams) {
        throw BenchException.usage(
            "-n %,d is less than one request for each of %,d users: raise -n or lower -c"
                .formatted(number, users * streams));
      }
      return users;
    }
    return connections != null
        ? connections
        : (int) Math.max(1, Math.min(MAX_CONNECTIONS_UNASKED, OpenFileLimit.room()));
  }

  private int loops(Pattern kind, double rate, int opened) {
    int processors = Runtime.getRuntime().availableProcessors();
    int wanted =
        threads != null
            ? threads
            : switch (kind) {
              case BURST -> 1;
              case CLOSED -> processors;
              case RATE, RAMP, SOAK ->
                  Math.max(1, Math.min(processors, (int) Math.ceil(rate / RATE_OF_A_LOOP)));
            };
    return Math.min(wanted, opened);
  }

  private long intervalMillis(long durationMillis) {
    if (interval == null) {
      return Math.max(1, Math.min(LONG_INTERVAL.toMillis(), durationMillis / DEFAULT_STEPS));
    }
    if (durationMillis / interval.toMillis() > MAX_STEPS) {
      throw BenchException.usage(
          "--interval %s: these are more than %d intervals in -z; make them longer"
              .formatted(interval.toMillis() + "ms", MAX_STEPS));
    }
    return interval.toMillis();
  }

  private static void refuse(boolean wrong, Pattern kind, String given, String instead) {
    if (wrong) {
      throw BenchException.usage(
          "--pattern %s cannot have %s: give %s".formatted(kind.label(), given, instead));
    }
  }

  private static void range(String option, @Nullable Integer value, int max) {
    if (value != null && (value < 1 || value > max)) {
      throw BenchException.usage(
          "%s must be between 1 and %,d, and is %,d".formatted(option, max, value));
    }
  }

  private static void duration(String option, @Nullable Duration value) {
    if (value != null && (value.toMillis() < 1 || value.compareTo(MAX_DURATION) > 0)) {
      throw BenchException.usage("%s must be between 1ms and 24h".formatted(option));
    }
  }
}
