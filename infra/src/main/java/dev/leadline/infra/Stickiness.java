package dev.leadline.infra;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps the requests of a client at one target of a cluster, by a cookie of the balancer.
 * Immutable.
 *
 * @param duration a client that stays away for longer gets a new target; 1 second to 7 days
 * @param applicationCookie a session begins and ends with this cookie of the application; empty:
 *     every answer begins one
 */
record Stickiness(Duration duration, Optional<String> applicationCookie) {
  private static final Duration LONGEST = Duration.ofDays(7);
  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,5})([sm])");
  private static final Pattern COOKIE =
      Pattern.compile("(?!AWSALB|leadline-)[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");

  /** Reads {@code stickiness} of a cluster. */
  static Optional<Stickiness> read(Context cluster) {
    if (!cluster.has("stickiness")) {
      return Optional.empty();
    }
    Context written = cluster.object("stickiness");
    if (written.has("key")) {
      throw written.problem(
          "has a key; allowed: none, as the instance makes one that stands in no template");
    }
    written.allow(Set.of("duration", "applicationCookie"));
    return Optional.of(
        new Stickiness(
            written.has("duration") ? duration(written) : Duration.ofDays(1),
            written.optionalText(
                "applicationCookie",
                COOKIE,
                "the name of a cookie that does not begin with AWSALB or leadline-, as those of the"
                    + " balancers do")));
  }

  private static Duration duration(Context written) {
    String allowed = "a time from 1s to 10080m, in s or m, as an Application Load Balancer has it";
    Matcher time = TIME.matcher(written.text("duration", TIME, allowed));
    if (time.matches()) {
      long count = Long.parseLong(time.group(1));
      Duration duration =
          time.group(2).equals("m") ? Duration.ofMinutes(count) : Duration.ofSeconds(count);
      if (duration.compareTo(LONGEST) <= 0) {
        return duration;
      }
    }
    throw written.wrong("duration", allowed);
  }
}
