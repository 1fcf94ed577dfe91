package dev.leadline.balancer.tracing;

import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.Trace;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sends the spans of requests to a collector, if there is one. Listens on every event loop, where
 * it copies a few values of those requests that have spans. Thread-safe.
 */
public final class Spans implements RequestEnd.Listener {

  private final OtlpJson form;
  private final LongAdder dropped = new LongAdder();
  private volatile @Nullable OtlpExporter exporter;

  /**
   * Makes one that sends nothing yet.
   *
   * @param version of the balancer
   */
  public Spans(String version) {
    form = new OtlpJson(version);
  }

  /** Sends spans there from now on; empty: nowhere. What waits still goes where it was to go. */
  public synchronized void use(Optional<URI> endpoint) {
    OtlpExporter former = exporter;
    if (former != null && endpoint.filter(former.endpoint()::equals).isPresent()) {
      return;
    }
    exporter = endpoint.map(it -> OtlpExporter.start(it, form, dropped)).orElse(null);
    if (former != null) {
      former.close();
    }
  }

  @Override
  public void ended(RequestEnd end) {
    OtlpExporter to = exporter;
    Trace trace = end.trace();
    if (to != null && trace != null && trace.spanId() != 0) {
      to.offer(RequestSpans.of(end));
    }
  }

  /** Spans since the start that did not reach a collector. */
  public long dropped() {
    return dropped.sum();
  }

  /** Sends what waits, for this time at most; blocks. Nothing is sent afterwards. */
  public void close(Duration limit) throws InterruptedException {
    OtlpExporter last = exporter;
    use(Optional.empty());
    if (last != null) {
      last.awaitEnd(limit);
    }
  }
}
