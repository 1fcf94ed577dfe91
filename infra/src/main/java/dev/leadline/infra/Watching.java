package dev.leadline.infra;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Limits of the alarms, and the address that gets alarms and the budget's warnings.
 *
 * @param limits above which there is an alarm
 * @param alarmEmail gets an e-mail of each alarm and of the budget; empty: no e-mails, alarms are
 *     only shown in CloudWatch
 * @param monthlyBudget US dollars that the account may cost a month before an e-mail is sent;
 *     empty: no budget
 */
record Watching(Limits limits, Optional<String> alarmEmail, OptionalInt monthlyBudget) {
  /** Its keys in the context. */
  static final Set<String> KEYS = Set.of("alarms", "alarmEmail", "monthlyBudget");

  private static final int LONGEST_EMAIL = 254;
  private static final Pattern EMAIL =
      Pattern.compile(
          "(?=.{3,%d}$)[A-Za-z0-9._%%+-]+@([A-Za-z0-9-]+\\.)+[A-Za-z]{2,}"
              .formatted(LONGEST_EMAIL));

  /**
   * Limits of the alarms; at a limit all is well.
   *
   * @param errorPercent share of the requests that may end in 5xx within five minutes
   * @param leastRequests in those five minutes, below which no share says anything
   * @param p99Millis time to a target's answer that one request in a hundred may exceed
   * @param cpuPercent of an instance's CPU over ten minutes
   */
  record Limits(int errorPercent, int leastRequests, int p99Millis, int cpuPercent) {
    static final Limits DEFAULT = new Limits(5, 100, 5_000, 90);

    private static Limits read(Context context) {
      context.allow(Set.of("errorPercent", "leastRequests", "p99Millis", "cpuPercent"));
      return new Limits(
          context.wholeNumber("errorPercent", 0, 99, DEFAULT.errorPercent),
          context.wholeNumber("leastRequests", 1, 1_000_000, DEFAULT.leastRequests),
          context.wholeNumber("p99Millis", 1, 600_000, DEFAULT.p99Millis),
          context.wholeNumber("cpuPercent", 1, 99, DEFAULT.cpuPercent));
    }
  }

  /** Reads and checks {@code alarms}, {@code alarmEmail} and {@code monthlyBudget}. */
  static Watching read(Context context, Profile profile) {
    Optional<String> email =
        context.optionalText("alarmEmail", EMAIL, "an e-mail address such as me@example.org");
    return new Watching(
        context.has("alarms") ? Limits.read(context.object("alarms")) : Limits.DEFAULT,
        email,
        budget(context, profile, email.isPresent()));
  }

  private static OptionalInt budget(Context context, Profile profile, boolean hasEmail) {
    if (!context.has("monthlyBudget")) {
      return OptionalInt.empty();
    }
    profile
        .whyNoBudget()
        .ifPresent(
            reason -> {
              throw context.wrong(
                  "monthlyBudget", "nothing with profile %s, %s".formatted(profile.id(), reason));
            });
    if (!hasEmail) {
      throw context.wrong(
          "monthlyBudget", "a budget together with alarmEmail, the address of its e-mails");
    }
    return OptionalInt.of(context.wholeNumber("monthlyBudget", 1, 1_000_000));
  }
}
