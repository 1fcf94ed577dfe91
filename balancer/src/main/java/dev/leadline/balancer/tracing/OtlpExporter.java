package dev.leadline.balancer.tracing;

import dev.leadline.balancer.config.ReportMemory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends spans to a collector by OTLP/HTTP, on a thread of its own. It never makes a request wait:
 * spans that the collector does not take, or not soon enough, are dropped and counted. Thread-safe.
 */
final class OtlpExporter {

  private static final Logger LOG = Logger.getLogger(OtlpExporter.class.getName());

  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  /**
   * How long things take.
   *
   * @param pace spans are collected for so long, so that few requests are made
   * @param post longest time of a request to the collector, with its whole answer
   * @param last longest time in which a closed exporter sends what waits
   */
  record Times(Duration pace, Duration post, Duration last) {
    static final Times USUAL =
        new Times(Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofMillis(900));
  }

  private final URI endpoint;
  private final OtlpJson form;
  private final Times times;
  private final int mostOfBatch;
  private final LongAdder dropped;
  private final BlockingQueue<RequestSpans> waiting;
  private final Thread sender = new Thread(this::run, "spans");
  private volatile boolean closed;
  private volatile long lastNanos; // Once it is closed: nothing is sent after it.

  // Of the sender's thread.
  private long droppedAndSaid;
  private boolean warned;
  private long lastSaidNanos;
  private @Nullable String failure;

  private OtlpExporter(
      URI endpoint, OtlpJson form, LongAdder dropped, ReportMemory memory, Times times) {
    this.endpoint = endpoint;
    this.form = form;
    this.dropped = dropped;
    this.times = times;
    droppedAndSaid = dropped.sum();
    waiting = new ArrayBlockingQueue<>(memory.spansWaiting());
    mostOfBatch = memory.spansOfBatch();
  }

  /**
   * Starts one.
   *
   * @param dropped counts the spans that are dropped
   */
  static OtlpExporter start(URI endpoint, OtlpJson form, LongAdder dropped) {
    return start(endpoint, form, dropped, ReportMemory.ofHeap(), Times.USUAL);
  }

  static OtlpExporter start(
      URI endpoint, OtlpJson form, LongAdder dropped, ReportMemory memory, Times times) {
    OtlpExporter started = new OtlpExporter(endpoint, form, dropped, memory, times);
    started.sender.setDaemon(true);
    started.sender.start();
    return started;
  }

  /** Where spans are sent to. */
  URI endpoint() {
    return endpoint;
  }

  /** The endpoint in messages, without its query, which may hold a secret. */
  private String name() {
    return endpoint.getScheme() + "://" + endpoint.getRawAuthority() + endpoint.getRawPath();
  }

  /** Sends these some time; does not wait. */
  void offer(RequestSpans spans) {
    // It may have been closed, and have ended, while this was added.
    if (closed || !waiting.offer(spans) || (closed && waiting.remove(spans))) {
      dropped.add(spans.count());
    }
  }

  /** Sends what waits, for a short time, and ends. */
  void close() {
    lastNanos = System.nanoTime() + times.last.toNanos();
    closed = true;
    sender.interrupt(); // It collects no longer, and waits for a shorter time.
  }

  /** Waits until a closed exporter has ended, or this time is over. */
  void awaitEnd(Duration limit) throws InterruptedException {
    sender.join(limit.toMillis());
    if (sender.isAlive()) {
      LOG.log(Level.WARNING, "the last spans did not reach {0} in time", name());
    }
  }

  private void run() {
    List<RequestSpans> batch = new ArrayList<>();
    while (collect(batch)) {
      send(batch);
      batch.clear();
      sayWhatWasDropped(false);
    }
    sayWhatWasDropped(true);
  }

  /** Waits for the next batch; false if it was the last one. */
  private boolean collect(List<RequestSpans> batch) {
    try {
      while (batch.isEmpty() && !closed) {
        RequestSpans first = waiting.poll(times.pace.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
        }
        sayWhatWasDropped(false);
      }
      waiting.drainTo(batch, mostOfBatch - batch.size());
      if (batch.size() < mostOfBatch && !closed) {
        TimeUnit.NANOSECONDS.sleep(times.pace.toNanos());
      }
    } catch (InterruptedException e) {
      // Closed.
    }
    waiting.drainTo(batch, mostOfBatch - batch.size());
    return !batch.isEmpty();
  }

  private void send(List<RequestSpans> batch) {
    try {
      int status = post(batch);
      failure = status / 100 == 2 ? null : "it answers " + status;
    } catch (IOException | RuntimeException e) {
      failure = String.valueOf(e.getMessage() == null ? e : e.getMessage());
    }
    if (failure != null) {
      dropped.add(batch.stream().mapToInt(RequestSpans::count).sum());
    }
  }

  private int post(List<RequestSpans> batch) throws IOException {
    long startNanos = System.nanoTime();
    if (leftNanos(startNanos) == 0) {
      throw new IOException("no time was left at the end");
    }
    Future<HttpResponse<Void>> answer = Collector.post(endpoint, form.of(batch));
    try {
      while (true) {
        try {
          return answer.get(leftNanos(startNanos), TimeUnit.NANOSECONDS).statusCode();
        } catch (InterruptedException e) {
          // Closed: less time is left.
        }
      }
    } catch (TimeoutException e) {
      throw new IOException("a request took too long", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      answer.cancel(true);
    }
  }

  private long leftNanos(long startNanos) {
    long now = System.nanoTime();
    long left = times.post.toNanos() - (now - startNanos);
    return Math.max(0, closed ? Math.min(left, lastNanos - now) : left);
  }

  /** At once for the first ones, then once a minute, and at the end. */
  private void sayWhatWasDropped(boolean isEnd) {
    long count = dropped.sum() - droppedAndSaid;
    long now = System.nanoTime();
    boolean soon = warned && now - lastSaidNanos < BETWEEN_WARNINGS.toNanos();
    if (count == 0 || (soon && !isEnd)) {
      return;
    }
    droppedAndSaid += count;
    warned = true;
    lastSaidNanos = now;
    LOG.log(
        Level.WARNING,
        "{0} spans were dropped: {1}",
        new Object[] {
          Long.toString(count),
          name()
              + (failure == null
                  ? " takes them more slowly than requests end"
                  : " does not take them (" + failure + ")")
        });
  }
}
