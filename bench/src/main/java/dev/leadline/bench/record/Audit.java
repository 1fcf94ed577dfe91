package dev.leadline.bench.record;

import java.util.List;

/**
 * What the client found out about itself during one burst.
 *
 * @param skewP99Nanos 99th percentile of the time from a request's intended send to the moment the
 *     client began with it
 * @param skewMaxNanos the longest such time
 * @param gcMillis the JVM was stopped for garbage collection
 * @param cpuShare of this process, of all processors together, from 0 to 1
 * @param openFiles of this process at the end
 * @param openFileLimit of this process
 * @param waitingPorts local ports of this machine that closed connections still hold (TIME_WAIT) at
 *     the end; -1 where the system does not say
 * @param clockStepMillis by which the wall clock moved against the monotonic one
 * @param repeated requests that were sent once more, because their kept connection had been closed
 * @param limits of the client that spoiled the burst, in sentences; empty: none did
 */
public record Audit(
    long skewP99Nanos,
    long skewMaxNanos,
    long gcMillis,
    double cpuShare,
    long openFiles,
    long openFileLimit,
    int waitingPorts,
    long clockStepMillis,
    int repeated,
    List<String> limits) {

  public Audit {
    limits = List.copyOf(limits);
  }

  public Audit with(List<String> found) {
    return new Audit(
        skewP99Nanos,
        skewMaxNanos,
        gcMillis,
        cpuShare,
        openFiles,
        openFileLimit,
        waitingPorts,
        clockStepMillis,
        repeated,
        found);
  }

  public boolean spoiled() {
    return !limits.isEmpty();
  }
}
