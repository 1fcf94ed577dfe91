package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Allowed values of alarms, addresses and budgets. */
class WatchingTest {
  private final Map<String, Object> context = new TreeMap<>();

  private Watching read(Profile profile) {
    return Watching.read(Context.of(context), profile);
  }

  @Test
  void nothingSaidIsLimitsThatNobodyIsToldOf() {
    assertEquals(
        new Watching(new Watching.Limits(5, 100, 5_000, 90), Optional.empty(), OptionalInt.empty()),
        read(Profile.AWS));
  }

  @Test
  void aLimitThatIsNotSaidStaysAsItIs() {
    context.put("alarms", "{\"p99Millis\": \"800\", \"errorPercent\": 0}");
    assertEquals(new Watching.Limits(0, 100, 800, 90), read(Profile.AWS).limits());
  }

  @ParameterizedTest
  @CsvSource({
    "me@example.org",
    "first.last+lab@mail.uni-example.ac.uk",
    "UPPER_case%x@sub.example.io"
  })
  void anAddressIsAnAddress(String email) {
    context.put("alarmEmail", email);
    assertEquals(Optional.of(email), read(Profile.ACADEMY).alarmEmail());
  }

  @Test
  void aBudgetIsForAnAccountOfOnesOwn() {
    context.put("alarmEmail", "me@example.org");
    context.put("monthlyBudget", "20");
    assertEquals(OptionalInt.of(20), read(Profile.AWS).monthlyBudget());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "aws | alarmEmail | me@example | alarmEmail is \"me@example\"; allowed: an e-mail address such as me@example.org",
        "aws | alarmEmail | two words@example.org | alarmEmail is \"two words@example.org\"; allowed: an e-mail address such as me@example.org",
        "aws | alarmEmail | a@b.org,c@d.org | alarmEmail is \"a@b.org,c@d.org\"; allowed: an e-mail address such as me@example.org",
        "aws | alarmEmail | @example.org | alarmEmail is \"@example.org\"; allowed: an e-mail address such as me@example.org",
        "aws | alarms | 5 | alarms is \"5\"; allowed: an object",
        "aws | alarms | {\"cpu\": 5} | unknown key alarms.cpu (5); allowed: cpuPercent, errorPercent, leastRequests, p99Millis",
        "aws | alarms | {\"cpuPercent\": 100} | alarms.cpuPercent is 100; allowed: a whole number from 1 to 99",
        "aws | alarms | {\"errorPercent\": -1} | alarms.errorPercent is -1; allowed: a whole number from 0 to 99",
        "aws | alarms | {\"leastRequests\": 0} | alarms.leastRequests is 0; allowed: a whole number from 1 to 1000000",
        "aws | alarms | {\"p99Millis\": \"1s\"} | alarms.p99Millis is \"1s\"; allowed: a whole number from 1 to 600000",
        "aws | monthlyBudget | 20 | monthlyBudget is \"20\"; allowed: a budget together with alarmEmail, the address of its e-mails",
        "academy | monthlyBudget | 20 | monthlyBudget is \"20\"; allowed: nothing with profile academy, because the Academy allows no budget but its own",
        "local | monthlyBudget | 20 | monthlyBudget is \"20\"; allowed: nothing with profile local, because it costs nothing",
      })
  void namesKeyValueAndWhatIsAllowed(String profile, String key, String value, String message) {
    context.put(key, value);
    Profile of = Profile.valueOf(profile.toUpperCase(java.util.Locale.ROOT));
    assertEquals(message, assertThrows(ConfigurationException.class, () -> read(of)).getMessage());
  }

  @Test
  void noBudgetIsOfNothing() {
    context.put("alarmEmail", "me@example.org");
    context.put("monthlyBudget", "0");
    assertEquals(
        "monthlyBudget is \"0\"; allowed: a whole number from 1 to 1000000",
        assertThrows(ConfigurationException.class, () -> read(Profile.AWS)).getMessage());
  }
}
