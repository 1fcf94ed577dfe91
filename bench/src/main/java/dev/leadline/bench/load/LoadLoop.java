package dev.leadline.bench.load;

import dev.leadline.bench.lab.LabDescription.Balancer;
import dev.leadline.bench.plan.Load;
import dev.leadline.bench.plan.Pacer;
import dev.leadline.bench.plan.Pattern;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's share of a burst. Everything happens on that loop but the constructor, {@link
 * #startAt}, and what is read after the burst.
 */
final class LoadLoop {
  /** How long a user waits when no answer came: a server that refuses is not to be flooded. */
  private static final long PAUSE_AFTER_FAILURE_NANOS = 10_000_000;

  private static final long MAX_TIMEOUT_CHECK_NANOS = 10_000_000;

  private final ClientLoop loop;
  private final Dialer dialer;
  private final Connections connections;
  private final RequestOptions options;
  private final @Nullable Buffer body;
  private final boolean mayRepeat;
  private final AnswerCheck check;
  private final Duration timeout;
  private final SampleColumns samples = new SampleColumns();

  /** Begun and perhaps not ended, in the order of their intended sends. */
  private final Deque<Exchange> begun = new ArrayDeque<>();

  private volatile long originNanoTime;
  private Pacer pacer = (elapsed, number) -> Pacer.END;
  private Promise<Void> allEnded = Promise.promise();
  private long offsetNanos;
  private int number;
  private int freeUsers;
  private boolean closedLoop;
  private boolean allBegun;
  private boolean watching;
  private long endNanos = Long.MAX_VALUE;
  private long completeUntilNanos = Long.MAX_VALUE;
  private int inFlight;
  private int awaitingAnswer;
  private int maxInFlight;
  private int maxAwaitingAnswer;
  private int repeats;

  LoadLoop(
      ClientLoop loop,
      LoadSpec spec,
      int index,
      String path,
      Balancer balancer,
      List<InetAddress> addresses) {
    this.loop = loop;
    this.timeout = spec.timeout();
    HttpSpec http = spec.http();
    Load load = spec.load();
    int ofEarlierLoops = 0;
    for (int earlier = 0; earlier < index; earlier++) {
      ofEarlierLoops += load.connections(earlier);
    }
    this.dialer = new Dialer(loop.client(), balancer, addresses, spec, ofEarlierLoops);
    // All of a burst have begun before a connection is free: none is used again, nor closed early.
    boolean keep = load.reuse() || load.pattern() == Pattern.BURST;
    this.connections = new Connections(dialer, load.connections(index), keep, load.streams());
    this.options = new RequestOptions().setMethod(HttpMethod.valueOf(http.method())).setURI(path);
    for (Map.Entry<String, String> header : http.headers()) {
      options.addHeader(header.getKey(), header.getValue());
    }
    this.body = http.body().length() == 0 ? null : http.body();
    this.mayRepeat = http.idempotent();
    this.check = new AnswerCheck(http.expected());
  }

  /** Opens every connection ahead of the burst. */
  Future<?> connect() {
    return connections.openAll().timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sets the moment that all times count from. */
  void startAt(long nanoTime) {
    originNanoTime = nanoTime;
  }

  /**
   * Sends the requests of a pacer; the answer completes when each of them has ended.
   *
   * @param users of a closed loop; 0: requests are sent when they are due, whatever else is under
   *     way
   * @param startNanos the pacer's start, on this burst's clock
   */
  Future<?> send(Pacer requests, int users, long startNanos) {
    pacer = requests;
    offsetNanos = startNanos;
    number = 0;
    allBegun = false;
    closedLoop = users > 0;
    freeUsers = users;
    allEnded = Promise.promise();
    Future<Void> ended = allEnded.future();
    if (!watching) {
      watching = true;
      loop.schedule(this::giveUpOverdue, timeoutCheckNanos());
    }
    if (closedLoop) {
      for (int user = 0; user < users; user++) {
        beginOfUser();
      }
    } else {
      beginDue();
    }
    return ended;
  }

  private void beginDue() {
    while (true) {
      long elapsed = now() - offsetNanos;
      long due = pacer.dueNanos(elapsed, number);
      if (due == Pacer.END) {
        allBegun = true;
        completeIfEnded();
        return;
      }
      if (due > elapsed) {
        loop.schedule(this::beginDue, due - elapsed);
        return;
      }
      number++;
      begin(due + offsetNanos);
    }
  }

  private void beginOfUser() {
    long due = pacer.dueNanos(now() - offsetNanos, number);
    if (due == Pacer.END) {
      endNanos = Math.min(endNanos, now() - offsetNanos);
      freeUsers--;
      allBegun = freeUsers == 0;
      completeIfEnded();
      return;
    }
    number++;
    begin(due + offsetNanos);
  }

  private void begin(long intendedNanos) {
    Exchange exchange = new Exchange(this, samples.reserve(), intendedNanos, now());
    begun.add(exchange);
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    connections.acquire(exchange);
  }

  /** A request was written for the first time. */
  void written() {
    awaitingAnswer++;
    maxAwaitingAnswer = Math.max(maxAwaitingAnswer, awaitingAnswer);
  }

  /** Sends an exchange again, whose kept connection was closed under it. */
  void repeat(Exchange exchange, Connection lost) {
    repeats++;
    connections.release(lost, false);
    connections.acquire(exchange);
  }

  /** Called once for each exchange. */
  void ended(Exchange exchange, @Nullable Connection connection, boolean connectionIntact) {
    samples.write(exchange);
    inFlight--;
    awaitingAnswer -= exchange.sent() ? 1 : 0;
    if (connection != null) {
      connections.release(connection, connectionIntact);
    }
    if (closedLoop) {
      if (exchange.answered()) {
        beginOfUser();
      } else {
        loop.schedule(this::beginOfUser, PAUSE_AFTER_FAILURE_NANOS);
      }
    }
    completeIfEnded();
  }

  private void completeIfEnded() {
    if (allBegun && inFlight == 0) {
      allEnded.tryComplete();
    }
  }

  /** Requests end in any order, but become overdue in the order of their intended sends. */
  private void giveUpOverdue() {
    long overdue = now() - timeout.toNanos();
    Exchange oldest = begun.peek();
    while (oldest != null && (oldest.ended() || oldest.intendedNanos() <= overdue)) {
      begun.remove();
      if (!oldest.ended()) {
        oldest.giveUp();
      }
      oldest = begun.peek();
    }
    watching = !(allBegun && inFlight == 0);
    if (watching) {
      loop.schedule(this::giveUpOverdue, timeoutCheckNanos());
    }
  }

  /** Sends no more, and gives up what has not ended. */
  Future<?> stop() {
    pacer = (elapsed, number) -> Pacer.END;
    allBegun = true;
    for (Exchange exchange : begun) {
      if (!exchange.ended()) {
        completeUntilNanos = Math.min(completeUntilNanos, exchange.intendedNanos());
        exchange.giveUp();
      }
    }
    return Future.succeededFuture();
  }

  private long timeoutCheckNanos() {
    return Math.max(1_000_000, Math.min(MAX_TIMEOUT_CHECK_NANOS, timeout.toNanos() / 20));
  }

  Future<?> close() {
    return connections.closeAll();
  }

  long now() {
    return loop.nanoTime() - originNanoTime;
  }

  RequestOptions options() {
    return options;
  }

  @Nullable Buffer body() {
    return body;
  }

  boolean mayRepeat() {
    return mayRepeat;
  }

  AnswerCheck check() {
    return check;
  }

  Duration timeout() {
    return timeout;
  }

  SampleColumns samples() {
    return samples;
  }

  int maxInFlight() {
    return maxInFlight;
  }

  int maxAwaitingAnswer() {
    return maxAwaitingAnswer;
  }

  int repeats() {
    return repeats;
  }

  /** When a user of a closed loop first found no more requests; otherwise the largest number. */
  long endNanos() {
    return endNanos;
  }

  /** The requests that were due before this have all ended by themselves. */
  long completeUntilNanos() {
    return completeUntilNanos;
  }

  int connectionsOpened() {
    return dialer.opened();
  }

  Set<InetAddress> reached() {
    return dialer.reached();
  }
}
