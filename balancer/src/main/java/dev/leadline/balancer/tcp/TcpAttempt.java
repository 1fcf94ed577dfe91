package dev.leadline.balancer.tcp;

import dev.leadline.balancer.observe.RequestEnd;
import dev.leadline.balancer.observe.TargetAttempt;
import dev.leadline.routing.RequestInFlight;
import dev.leadline.routing.target.Outcome;
import dev.leadline.routing.target.TargetState;

/** One try to connect a client with one target, and what came of it. Not thread-safe. */
final class TcpAttempt implements TargetAttempt {

  private final RequestInFlight inFlight;
  private final Purpose purpose;
  private final long chosenNanos;
  private Result result = Result.ABANDONED;
  private long connectedNanos = RequestEnd.NEVER;
  private long firstByteNanos = RequestEnd.NEVER;
  private long endNanos = RequestEnd.NEVER;

  TcpAttempt(RequestInFlight inFlight, Purpose purpose, long nowNanos) {
    this.inFlight = inFlight;
    this.purpose = purpose;
    chosenNanos = nowNanos;
  }

  /** There is a connection. */
  void connected(long nowNanos) {
    connectedNanos = nowNanos;
  }

  /** The target has sent the first byte, or has ended its side without one. */
  void answered(long nowNanos) {
    firstByteNanos = nowNanos;
    result = Result.ANSWERED;
  }

  /** There is no connection. */
  void notConnected() {
    result = Result.NOT_CONNECTED;
  }

  /** It is over. */
  void end(Outcome outcome, long nowNanos) {
    endNanos = nowNanos;
    if (result == Result.ABANDONED && outcome == Outcome.FAILED) {
      result = Result.FAILED;
    }
    switch (outcome) {
      case SUCCEEDED -> inFlight.succeeded();
      case FAILED -> inFlight.failed();
      case IGNORED -> inFlight.ignored();
    }
  }

  @Override
  public Purpose purpose() {
    return purpose;
  }

  @Override
  public TargetState target() {
    return inFlight.target();
  }

  @Override
  public Result result() {
    return result;
  }

  @Override
  public int status() {
    return 0;
  }

  @Override
  public long chosenNanos() {
    return chosenNanos;
  }

  @Override
  public long connectedNanos() {
    return connectedNanos;
  }

  @Override
  public long firstByteNanos() {
    return firstByteNanos;
  }

  @Override
  public long endNanos() {
    return endNanos;
  }
}
