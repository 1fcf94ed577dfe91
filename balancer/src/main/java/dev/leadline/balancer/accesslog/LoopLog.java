package dev.leadline.balancer.accesslog;

import dev.leadline.balancer.observe.RequestEnd;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The access log of one event loop: writes the line of each request that ends there into memory,
 * without locks. Belongs to that loop.
 */
public final class LoopLog implements RequestEnd.Listener {

  private final LineFormat format;
  private final AccessLog log;
  private final Queue<LineBytes> free = new ConcurrentLinkedQueue<>();
  private final Vertx vertx;
  private final long timer;
  private volatile boolean over;
  private int buffersToMake;
  private @Nullable LineBytes current;

  LoopLog(Vertx vertx, Duration pace, LineFormat format, AccessLog log, int mostBuffers) {
    this.vertx = vertx;
    this.format = format;
    this.log = log;
    buffersToMake = mostBuffers;
    timer = vertx.setPeriodic(pace.toMillis(), fired -> handOver());
  }

  @Override
  public void ended(RequestEnd end) {
    LineBytes lines = withRoom();
    if (lines == null) {
      log.drop();
    } else {
      format.write(end, lines);
    }
  }

  private @Nullable LineBytes withRoom() {
    LineBytes lines = current;
    if (lines != null && lines.room() >= LineFormat.MAX_LINE_BYTES) {
      return lines;
    }
    handOver();
    LineBytes next = free.poll();
    if (next == null && buffersToMake > 0) {
      buffersToMake--;
      next = new LineBytes();
    }
    current = next;
    return next;
  }

  /** Has everything written that is there. */
  public void handOver() {
    LineBytes lines = current;
    if (lines != null && !lines.isEmpty()) {
      current = null;
      log.write(lines, this);
    }
  }

  /** Has everything written that is there; nothing comes after it. */
  public void end() {
    vertx.cancelTimer(timer);
    handOver();
    over = true;
    current = null;
    free.clear();
  }

  /** A buffer was written and is empty again. Any thread. */
  void takeBack(LineBytes lines) {
    if (!over) {
      free.add(lines);
    }
  }
}
