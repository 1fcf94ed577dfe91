package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.routing.option.ScalarType;
import java.time.Duration;

/** How time limits are written. */
final class TimeoutsForm {

  private TimeoutsForm() {}

  static Timeouts read(Fields it) {
    Duration connect =
        it.duration(
            "connect",
            "10s",
            "10ms",
            "2m",
            "Longest wait for a connection to a target; then the client gets a 504.");
    Duration idle =
        it.duration(
            "idle",
            "60s",
            "100ms",
            "66m",
            "Longest pause without a byte from a target that has not finished its answer.");
    return new Timeouts(
        connect,
        it.optional(
                "response",
                time("100ms", "66m"),
                "that of idle",
                "Longest wait for the first byte of a target's answer; then the client gets a 504.")
            .orElse(idle),
        idle,
        it.duration(
            "tunnel",
            "10m",
            "100ms",
            "1440m",
            "Longest pause without a byte in either direction on a connection that was upgraded,"
                + " such as a WebSocket; then it is closed."),
        it.optional(
            "request",
            time("100ms", "1440m"),
            "no limit",
            "Longest time for the whole of a request; then the client gets a 504, or its answer is"
                + " broken off."),
        it.duration(
            "clientHead",
            "10s",
            "100ms",
            "66m",
            "Longest time from the first byte of a request's head to its last; then the client gets"
                + " a 408."),
        it.duration(
            "clientBody",
            "30s",
            "100ms",
            "66m",
            "Longest pause without a byte of a request's body; then the client gets a 408."),
        it.duration(
            "clientIdle",
            "75s",
            "100ms",
            "66m",
            "How long a client's connection is kept that waits for its next request."),
        it.duration(
            "tcpIdle",
            "350s",
            "1s",
            "6000s",
            "With `listener.protocol: tcp` only: longest pause without a byte in either direction;"
                + " then both sides of the connection are reset."),
        it.duration(
            "tcpDrain",
            "300s",
            "0s",
            "3600s",
            "With `listener.protocol: tcp` only: how long the open connections of a target that"
                + " has left its group may go on; then they are reset."),
        it.duration(
            "shutdown",
            "30s",
            "0s",
            "60m",
            "Longest wait for requests in flight when the balancer stops."),
        it.duration(
            "shutdownDelay",
            "500ms",
            "0s",
            "10m",
            "When the balancer is to stop, `/ready` of the admin port answers 503 for this time"
                + " before the listener closes; requests are served, and each answer over HTTP/1.1"
                + " is the last one of its connection. Choose more than it takes to see that."
                + " Without `admin` there is no delay."));
  }

  private static Form<Duration> time(String min, String max) {
    return Form.scalar(ScalarType.duration(min, max), Duration.ofMinutes(1));
  }
}
