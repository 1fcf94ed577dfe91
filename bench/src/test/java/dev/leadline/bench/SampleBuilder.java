package dev.leadline.bench;

import dev.leadline.bench.plan.PlannedBurst;
import dev.leadline.bench.record.Sample;
import org.jspecify.annotations.Nullable;

/**
 * A sample of which a test says what matters to it. The rest is a request that was due, begun and
 * sent when its burst began, and answered by i-1 in that moment. Times are nanoseconds.
 */
public final class SampleBuilder {
  private final PlannedBurst burst;
  private final int index;
  private long intendedNanos;
  private long startNanos;
  private @Nullable Long sentNanos = 0L;
  private @Nullable Long firstByteNanos = 0L;
  private long endNanos;
  private @Nullable Integer status = 200;
  private @Nullable String instanceId = "i-1";
  private @Nullable String error;

  private SampleBuilder(PlannedBurst burst, int index) {
    this.burst = burst;
    this.index = index;
  }

  public static SampleBuilder of(PlannedBurst burst, int index) {
    return new SampleBuilder(burst, index);
  }

  /** The same request with another fate. */
  public static SampleBuilder like(Sample sample) {
    SampleBuilder builder =
        of(new PlannedBurst(sample.phase(), sample.round(), sample.cell()), sample.index());
    builder.intendedNanos = sample.intendedNanos();
    builder.startNanos = sample.startNanos();
    builder.sentNanos = sample.sentNanos();
    builder.firstByteNanos = sample.firstByteNanos();
    builder.endNanos = sample.endNanos();
    builder.status = sample.status();
    builder.instanceId = sample.instanceId();
    builder.error = sample.error();
    return builder;
  }

  /** Due, begun and sent at this moment. */
  public SampleBuilder due(long nanos) {
    intendedNanos = nanos;
    return begun(nanos);
  }

  /** Begun and sent at this moment, whenever it was due. */
  public SampleBuilder begun(long nanos) {
    startNanos = nanos;
    return sent(nanos);
  }

  /** Sent at this moment; null: never. */
  public SampleBuilder sent(@Nullable Long nanos) {
    sentNanos = nanos;
    return this;
  }

  /** Answered whole at this moment, which is that of the first byte too. */
  public SampleBuilder answered(long nanos) {
    return answered(nanos, nanos);
  }

  public SampleBuilder answered(long firstNanos, long nanos) {
    firstByteNanos = firstNanos;
    endNanos = nanos;
    return this;
  }

  /** By this instance; null: by one that does not name itself. */
  public SampleBuilder by(@Nullable String instance) {
    instanceId = instance;
    return this;
  }

  /** Given up at this moment without an answer. */
  public SampleBuilder failed(long nanos, @Nullable String why) {
    firstByteNanos = null;
    endNanos = nanos;
    status = null;
    instanceId = null;
    error = why;
    return this;
  }

  public Sample build() {
    return new Sample(
        burst.phase(),
        burst.round(),
        burst.cell().path(),
        burst.cell().balancer(),
        index,
        intendedNanos,
        startNanos,
        sentNanos,
        firstByteNanos,
        endNanos,
        status,
        instanceId,
        error);
  }
}
