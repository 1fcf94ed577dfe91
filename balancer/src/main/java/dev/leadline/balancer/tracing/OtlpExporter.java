package dev.leadline.balancer.tracing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
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

  /** Requests whose spans wait, each with 3 KB at most. */
  private static final int MOST_WAITING = 4096;

  private static final int MOST_OF_A_BATCH = 512;
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  /** Spans are collected for so long, so that few requests are made. */
  private static final Duration USUAL_PACE = Duration.ofMillis(250);

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);

  private final URI endpoint;
  private final OtlpJson form;
  private final Duration pace;
  private final LongAdder dropped;
  private final BlockingQueue<RequestSpans> waiting;
  private final Thread sender = new Thread(this::run, "spans");
  private volatile boolean closed;

  // Of the sender's thread.
  private long droppedAndSaid;
  private boolean warned;
  private long lastSaidNanos;
  private @Nullable String failure;

  private OtlpExporter(
      URI endpoint, OtlpJson form, LongAdder dropped, int mostWaiting, Duration pace) {
    this.endpoint = endpoint;
    this.form = form;
    this.dropped = dropped;
    this.pace = pace;
    droppedAndSaid = dropped.sum();
    waiting = new ArrayBlockingQueue<>(mostWaiting);
  }

  /**
   * Starts one.
   *
   * @param dropped counts the spans that are dropped
   */
  static OtlpExporter start(URI endpoint, OtlpJson form, LongAdder dropped) {
    return start(endpoint, form, dropped, MOST_WAITING, USUAL_PACE);
  }

  static OtlpExporter start(
      URI endpoint, OtlpJson form, LongAdder dropped, int mostWaiting, Duration pace) {
    OtlpExporter started = new OtlpExporter(endpoint, form, dropped, mostWaiting, pace);
    started.sender.setDaemon(true);
    started.sender.start();
    return started;
  }

  /** Where spans are sent to. */
  URI endpoint() {
    return endpoint;
  }

  /** Sends these some time; does not wait. */
  void offer(RequestSpans spans) {
    if (closed || !waiting.offer(spans)) {
      dropped.add(spans.count());
    }
  }

  /** Sends what waits, and ends. */
  void close() {
    closed = true;
    sender.interrupt(); // It need not collect any longer.
  }

  /** Waits until a closed exporter has ended, or this time is over. */
  void awaitEnd(Duration limit) throws InterruptedException {
    sender.join(limit.toMillis());
    if (sender.isAlive()) {
      LOG.log(Level.WARNING, "the last spans did not reach {0} in time", endpoint);
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
        RequestSpans first = waiting.poll(pace.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
        }
        sayWhatWasDropped(false);
      }
      waiting.drainTo(batch, MOST_OF_A_BATCH - batch.size());
      if (batch.size() < MOST_OF_A_BATCH && !closed) {
        TimeUnit.NANOSECONDS.sleep(pace.toNanos());
      }
    } catch (InterruptedException e) {
      // Closed.
    }
    waiting.drainTo(batch, MOST_OF_A_BATCH - batch.size());
    return !batch.isEmpty();
  }

  private void send(List<RequestSpans> batch) {
    try {
      int status = post(form.of(batch));
      failure = status / 100 == 2 ? null : "it answers " + status;
    } catch (IOException | RuntimeException e) {
      failure = String.valueOf(e.getMessage() == null ? e : e.getMessage());
    }
    if (failure != null) {
      dropped.add(batch.stream().mapToInt(RequestSpans::count).sum());
    }
  }

  private int post(byte[] body) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) endpoint.toURL().openConnection();
    connection.setConnectTimeout((int) CONNECT_LIMIT.toMillis());
    connection.setReadTimeout((int) ANSWER_LIMIT.toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setDoOutput(true);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    int status = connection.getResponseCode();
    InputStream answer = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    // Only a connection whose answer was read can be used again.
    if (answer != null && answer.readNBytes(MAX_ANSWER_BYTES).length == MAX_ANSWER_BYTES) {
      connection.disconnect();
    }
    return status;
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
          endpoint
              + (failure == null
                  ? " takes them more slowly than requests end"
                  : " does not take them (" + failure + ")")
        });
  }
}
