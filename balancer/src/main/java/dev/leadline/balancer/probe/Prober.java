package dev.leadline.balancer.probe;

import dev.leadline.balancer.config.TargetWire;
import dev.leadline.balancer.config.TargetWire.Protocol;
import dev.leadline.balancer.connect.TargetClient;
import dev.leadline.balancer.connect.TargetConnection;
import dev.leadline.routing.target.Target;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Times targets for policies. A probe requests the health check's path over a connection that is
 * kept open, so that it measures the answer and not the handshake. A target has one probe under way
 * at most; one that is not answered in time has failed. Not thread-safe: it belongs to one event
 * loop.
 */
public final class Prober {

  private static final String USER_AGENT = "Leadline-Prober/1.0";
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

  /** Hears how probes end. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A probe of this target ended.
     *
     * @param responseNanos how long the target took to answer; empty if it failed
     */
    void probed(Target target, Optional<Long> responseNanos);
  }

  private final Vertx vertx;
  private final TargetWire wire;
  private final Duration timeout;
  private final Listener listener;
  private final TargetClient client;
  private final RequestOptions get;
  private final Optional<Buffer> grpcQuestion;
  private final Map<Target, Line> lines = new HashMap<>();
  private long timer;
  private boolean stopped;

  /**
   * Makes a prober.
   *
   * @param path to request
   * @param wire how the targets are spoken to
   * @param timeout after which a probe has failed
   */
  public Prober(Vertx vertx, String path, TargetWire wire, Duration timeout, Listener listener) {
    this.vertx = vertx;
    this.wire = wire;
    this.timeout = timeout;
    this.listener = listener;
    client = new TargetClient(vertx, timeout);
    boolean grpc = wire.protocol() == Protocol.GRPC;
    get = grpc ? GrpcHealth.head(USER_AGENT) : TimedGet.get(path, USER_AGENT);
    grpcQuestion = grpc ? Optional.of(GrpcHealth.question("")) : Optional.empty();
  }

  /** Probes all targets now and at this interval from now on. */
  public void sendEvery(Duration interval, Supplier<List<Target>> targets) {
    targets.get().forEach(this::send);
    timer = vertx.setPeriodic(interval.toMillis(), fired -> targets.get().forEach(this::send));
  }

  /** Probes no more, and closes its connections. */
  public void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
    lines.values().forEach(Line::close);
    lines.clear();
    client.close();
  }

  /** Whether no probe of this target is under way. */
  public boolean isIdle(Target target) {
    Line line = lines.get(target);
    return line == null || !line.busy;
  }

  /** Sends a probe to this target; nothing happens if one is under way. */
  public void send(Target target) {
    Line line = lines.computeIfAbsent(target, Line::new);
    if (!line.busy) {
      line.send();
    }
  }

  /** What there is of a target: a probe under way or a connection that is kept, or both. */
  private final class Line {
    private final Target target;
    private @Nullable TargetConnection kept;
    private boolean busy;
    private long uses;

    Line(Target target) {
      this.target = target;
    }

    void send() {
      busy = true;
      uses++;
      TargetConnection used = kept;
      if (used == null) {
        sendOn(connect(), this::failed);
      } else {
        // The target may have closed it at this very moment, which says nothing about its speed.
        sendOn(
            Future.succeededFuture(used),
            cause -> {
              if (stopped || cause instanceof TimeoutException) {
                failed(cause);
              } else {
                sendOn(connect(), this::failed);
              }
            });
      }
    }

    private void sendOn(Future<TargetConnection> connection, Handler<Throwable> onFailure) {
      TimedGet.send(vertx, connection, get, grpcQuestion, timeout)
          .onComplete(this::answered, onFailure);
    }

    private Future<TargetConnection> connect() {
      return client
          .connect(client.addressOf(target, wire))
          .onSuccess(
              opened -> {
                kept = opened;
                opened.onClose(() -> kept = kept == opened ? null : kept);
              });
    }

    private void answered(TimedGet.Answer answer) {
      if (!answer.reusable()) {
        close();
      }
      ended(answer.isSuccess() ? Optional.of(answer.nanos()) : Optional.empty());
    }

    private void failed(Throwable cause) {
      ended(Optional.empty());
    }

    private void ended(Optional<Long> responseNanos) {
      busy = false;
      if (stopped) {
        close();
        return;
      }
      long usesNow = uses;
      vertx.setTimer(KEEP_ALIVE.toMillis(), timer -> endUnlessUsed(usesNow));
      listener.probed(target, responseNanos);
    }

    /** The target may have left its group: nothing of it is kept without a use. */
    private void endUnlessUsed(long usesThen) {
      if (uses == usesThen) {
        lines.remove(target);
        close();
      }
    }

    private void close() {
      TargetConnection open = kept;
      kept = null;
      if (open != null) {
        open.close();
      }
    }
  }
}
