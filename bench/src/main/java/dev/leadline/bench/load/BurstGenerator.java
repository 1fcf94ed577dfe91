package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pattern;
import dev.leadline.bench.plan.Phase;
import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Run.BurstRecord;
import dev.leadline.bench.record.Sample;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sends bursts: the requests of one {@link Load}, every one of which ends as a {@link Sample}, also
 * where it fails. Not only the load that is called burst: what one cell gets in one round.
 *
 * <p>One burst at a time; not thread-safe.
 */
public final class BurstGenerator implements AutoCloseable {
  /** Few enough for the limit of open files, although this process has both ends. */
  private static final int WARM_UP_REQUESTS = 500;

  private static final int WARM_UP_USERS = 20;

  /** Of the bodies of one burst. */
  private static final int WARM_UP_BYTES = 100_000_000;

  private static final int WARM_UP_REQUESTS_OF_USERS = 3_000;

  private final LoadSpec spec;
  private final Clock clock;
  private final Routine routine;
  private final List<ClientLoop> loops = new ArrayList<>();

  /**
   * What a generator does beside the bursts that are asked of it.
   *
   * @param warmUps bursts to a server in this process before the first one
   * @param pause after each burst: the other side sees the end of its connections before the next
   *     burst begins
   */
  public record Routine(int warmUps, Duration pause) {
    /** So that figures can be compared. */
    public static final Routine MEASURING = new Routine(6, Duration.ofMillis(100));

    /** Where no figure matters. */
    public static final Routine NONE = new Routine(0, Duration.ZERO);
  }

  public BurstGenerator(LoadSpec spec, Routine routine) {
    this(spec, routine, Clock.systemUTC(), System::nanoTime);
  }

  /** With a wall clock and a monotonic one of its own. */
  public BurstGenerator(LoadSpec spec, Routine routine, Clock clock, LongSupplier nanoTime) {
    this.spec = spec;
    this.routine = routine;
    this.clock = clock;
    for (int loop = 0; loop < spec.load().loops(); loop++) {
      loops.add(new ClientLoop(spec.timeout(), spec.http().http2(), nanoTime));
    }
  }

  /**
   * What a burst left.
   *
   * @param samples in the order of their intended sends; made one by one while they are read
   * @param numberReached whether a closed loop had sent as many requests as it may before its time
   */
  public record Result(BurstRecord burst, List<Sample> samples, boolean numberReached) {
    /** The same under another label. */
    public Result as(PlannedBurst planned) {
      return new Result(burst.as(planned), ((BurstSamples) samples).as(planned), numberReached);
    }
  }

  /**
   * Sends one burst and waits until each of its requests has ended.
   *
   * @throws InterruptedException when the thread is interrupted before the burst has ended; its
   *     samples are lost then. Where they are worth a report they are answered, with the thread's
   *     flag set: of a soak those up to the interruption, of a ramp those of the steps that had
   *     ended, and all of a burst that had ended
   */
  public Result fire(PlannedBurst planned, Balancer balancer) throws InterruptedException {
    Result result = send(spec, planned, balancer);
    try {
      TimeUnit.NANOSECONDS.sleep(routine.pause().toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return result;
  }

  /** Sends a single request, as those of a burst are. */
  public Result probe(PlannedBurst planned, Balancer balancer) throws InterruptedException {
    return send(
        new LoadSpec(Load.burst(1), spec.http(), spec.timeout(), spec.preConnect(), 0),
        planned,
        balancer);
  }

  /**
   * Sends bursts to a server in this process, and forgets them: this client's code is compiled
   * before the first burst that another server gets. A cold client begins requests late.
   */
  public void warmUp() throws InterruptedException {
    Vertx own = ClientLoop.vertx();
    try {
      int port =
          own.createHttpServer(new HttpServerOptions().setAcceptBacklog(WARM_UP_REQUESTS))
              .requestHandler(request -> request.response().end(InstanceAnswer.EXAMPLE))
              .listen(0, "127.0.0.1")
              .await()
              .actualPort();
      Balancer server =
          new Balancer("client", "client", URI.create("http://127.0.0.1:" + port), null);
      PlannedBurst burst = new PlannedBurst(Phase.WARM_UP, 0, new Cell("/", server.name()));
      LoadSpec warming =
          new LoadSpec(warmingLoad(), spec.http(), spec.timeout(), spec.preConnect(), 0);
      for (int i = 0; i < routine.warmUps(); i++) {
        send(warming, burst, server);
      }
    } finally {
      own.close().await();
    }
  }

  private Load warmingLoad() {
    Load load = spec.load();
    // A large body is sent less often.
    int fitting = Math.max(WARM_UP_USERS, WARM_UP_BYTES / Math.max(1, spec.http().body().length()));
    return load.pattern() == Pattern.BURST
        ? Load.burst(Math.min(fitting, Math.min(load.requests(), WARM_UP_REQUESTS)))
        : Load.closed(Math.min(fitting, WARM_UP_REQUESTS_OF_USERS), WARM_UP_USERS);
  }

  private Result send(LoadSpec sent, PlannedBurst planned, Balancer balancer)
      throws InterruptedException {
    Balancer asked = balancer.at(planned.cell().path());
    List<InetAddress> addresses = resolve(asked.url().getHost());
    return new Burst(sent, planned, asked, addresses, loops, clock).run();
  }

  /** Looked up before each burst: a load balancer's addresses change while it scales. */
  private static List<InetAddress> resolve(String host) {
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      return List.of();
    }
  }

  @Override
  public void close() {
    loops.forEach(loop -> loop.close().await());
  }
}
