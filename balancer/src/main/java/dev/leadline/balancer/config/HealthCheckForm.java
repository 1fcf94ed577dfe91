package dev.leadline.balancer.config;

import dev.leadline.balancer.config.BalancerConfig.HealthCheck;
import dev.leadline.routing.health.HealthThresholds;
import dev.leadline.routing.option.Option;
import dev.leadline.routing.option.ScalarType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** How health checks are written. */
final class HealthCheckForm {

  private static final ScalarType<String> PATH =
      ScalarType.text(Pattern.compile("/[!-~]*"), "a path that begins with / and has no spaces");

  private static final ScalarType<Boolean> CHECK_PROTOCOL =
      ScalarType.oneOf(List.of("http", "tcp"))
          .as(word -> word.equals("tcp"), connectOnly -> connectOnly ? "tcp" : "http");

  private HealthCheckForm() {}

  /**
   * Those of a group.
   *
   * @param tcp whether the listener passes connections on, so that targets may not speak HTTP
   */
  static Form<HealthCheck> form(boolean tcp) {
    return Form.mapping((Fields fields) -> read(fields, tcp)).check(HealthCheckForm::checkKeys);
  }

  private static HealthCheck read(Fields it, boolean tcp) {
    boolean connectOnly =
        it.optional(
                "protocol",
                Form.scalar(CHECK_PROTOCOL, false),
                "`http`; `tcp` with `listener.protocol: tcp`",
                "`http`: a target is healthy if it answers a request as it should. `tcp`: if it"
                    + " accepts a connection.")
            .orElse(tcp);
    Duration usualTimeout = Duration.ofSeconds(5);
    Duration minTimeout = Duration.ofMillis(10);
    Duration maxInterval = Duration.ofMinutes(5);
    String path = it.get(Option.of("path", PATH, "/health", "Path and query to request."));
    String method =
        it.get(
            Option.of(
                "method",
                ScalarType.oneOf(List.of("GET", "HEAD")),
                "GET",
                "Method of the request."));
    Optional<Integer> port =
        it.optional(
            "port",
            Form.scalar(ScalarType.integer(1, 65535), 8081),
            "the target's port",
            "TCP port that is checked in place of the target's own.");
    StatusCodes successCodes =
        it.get(
            Option.of(
                "successCodes",
                StatusCodes.ANY,
                StatusCodes.SUCCESS,
                "Statuses with which a check succeeds."));
    String service =
        it.get(
            Option.of(
                "service",
                ScalarType.text(
                    Pattern.compile("[A-Za-z0-9._/-]{0,100}"), "the name of a gRPC service"),
                "",
                "With `protocol: grpc` only: the service that `grpc.health.v1.Health/Check` is"
                    + " asked about, in place of `path`, `method` and `successCodes`. Empty: the"
                    + " whole server."));
    Duration interval =
        it.get(
            Option.of(
                "interval",
                ScalarType.duration(Duration.ofMillis(100), maxInterval),
                Duration.ofSeconds(10),
                "Time between two checks of a target."));
    Duration timeout =
        it.get(
            Option.of(
                "timeout",
                ScalarType.duration(minTimeout, maxInterval),
                interval.compareTo(usualTimeout) < 0 ? interval : usualTimeout,
                "A check without an answer fails after this time; at most `interval`, which is"
                    + " the default if it is shorter."),
            ScalarType.duration(minTimeout, interval));
    int max = HealthThresholds.MAX;
    return new HealthCheck(
        connectOnly,
        path,
        method,
        port,
        successCodes,
        service,
        interval,
        timeout,
        new HealthThresholds(
            it.integer(
                "healthyThreshold",
                2,
                1,
                max,
                "checks",
                "Successes in a row that make a target healthy."),
            it.integer(
                "unhealthyThreshold",
                2,
                1,
                max,
                "checks",
                "Failures in a row that make a target unhealthy.")));
  }

  private static void checkKeys(YamlNode node, HealthCheck check) {
    if (check.connectOnly()) {
      for (String key : List.of("path", "method", "successCodes", "service")) {
        YamlNode place = node.entries("a mapping").get(key);
        if (place != null) {
          throw place.error(
              "is for checks that send a request: set protocol: http beside it, or remove it");
        }
      }
    }
  }
}
