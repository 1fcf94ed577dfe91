package dev.leadline.bench.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.leadline.bench.plan.Cell;
import dev.leadline.bench.plan.Phase;
import org.jspecify.annotations.Nullable;

/**
 * One request, a line of {@code samples.csv}. Times are nanoseconds since the burst's intended
 * start.
 *
 * @param index of the request within its burst, from 0
 * @param intendedNanos when the request should have been sent; its latency counts from here
 * @param startNanos when the client began with it (opening its connection, unless pre-connected)
 * @param sentNanos when it was written to its connection; null when there was none
 * @param firstByteNanos when the head of the answer was there; null when none came
 * @param endNanos when it was answered whole or given up
 * @param status of the answer; null when none came
 * @param instanceId who answered; null unless the answer was as expected
 * @param error why this request failed, in a few words; null when it did not
 */
@JsonPropertyOrder({
  "phase",
  "round",
  "path",
  "balancer",
  "index",
  "intended_nanos",
  "start_nanos",
  "sent_nanos",
  "first_byte_nanos",
  "end_nanos",
  "status",
  "instance_id",
  "error"
})
public record Sample(
    @JsonProperty("phase") Phase phase,
    @JsonProperty("round") int round,
    @JsonProperty("path") String path,
    @JsonProperty("balancer") String balancer,
    @JsonProperty("index") int index,
    @JsonProperty("intended_nanos") long intendedNanos,
    @JsonProperty("start_nanos") long startNanos,
    @JsonProperty("sent_nanos") @Nullable Long sentNanos,
    @JsonProperty("first_byte_nanos") @Nullable Long firstByteNanos,
    @JsonProperty("end_nanos") long endNanos,
    @JsonProperty("status") @Nullable Integer status,
    @JsonProperty("instance_id") @Nullable String instanceId,
    @JsonProperty("error") @Nullable String error) {

  @JsonIgnore
  public boolean failed() {
    return error != null;
  }

  /** True when it reached a connection, so that a balancer may have counted it. */
  @JsonIgnore
  public boolean sent() {
    return sentNanos != null;
  }

  public Cell cell() {
    return new Cell(path, balancer);
  }

  /** From the intended send to the end. */
  public long latencyNanos() {
    return endNanos - intendedNanos;
  }
}
