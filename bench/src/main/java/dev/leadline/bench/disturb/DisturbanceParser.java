package dev.leadline.bench.disturb;

import dev.leadline.bench.disturb.Disturbance.Kind;
import dev.leadline.bench.error.BenchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code --disturb}: {@code at TIME (slow|freeze|kill|fail|cut off) target N by FACTORx for
 * TIME}, and {@code at TIME bring back target N}.
 */
public final class DisturbanceParser {
  private static final String EXAMPLES =
      "write for example 'at 5s slow target 3 by 8x for 10s', 'at 5s freeze target 3 for 10s', or"
          + " 'at 5s kill target 3' with 'at 15s bring back target 3'";
  private static final Pattern TIME = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(ms|s|m)");
  private static final Pattern FACTOR = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,2})?)x");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,4}");
  private static final Duration LONGEST = Duration.ofHours(1);

  private final String text;
  private final List<String> words;
  private int next;

  private DisturbanceParser(String text) {
    this.text = text;
    this.words = Arrays.stream(text.strip().toLowerCase(Locale.ROOT).split("\\s+")).toList();
  }

  /** One sentence; the kind is null where a target is brought back. */
  private record Sentence(
      String text,
      int target,
      @Nullable Kind kind,
      double factor,
      Duration at,
      @Nullable Duration length) {

    BenchException wrong(String problem) {
      return DisturbanceParser.wrong(text, problem);
    }
  }

  /**
   * Reads all sentences together.
   *
   * @return what is to be done, in the order of its beginnings
   * @throws BenchException with the sentence that cannot be used, and why
   */
  public static List<Disturbance> parse(List<String> texts) {
    List<Sentence> sentences =
        texts.stream()
            .map(text -> new DisturbanceParser(text).sentence())
            .sorted(Comparator.comparing(Sentence::at))
            .toList();
    List<Disturbance> disturbances = new ArrayList<>();
    for (Sentence begin : sentences) {
      if (begin.kind() != null) {
        Duration until = until(begin, sentences);
        Disturbance added =
            new Disturbance(begin.target(), begin.kind(), begin.factor(), begin.at(), until);
        for (Disturbance other : disturbances) {
          if (other.target() == added.target() && other.until().compareTo(added.from()) > 0) {
            throw begin.wrong(
                "target %d is disturbed until %s already; one thing at a time"
                    .formatted(other.target(), seconds(other.until())));
          }
        }
        disturbances.add(added);
      }
    }
    for (Sentence end : sentences) {
      if (end.kind() == null
          && disturbances.stream()
              .noneMatch(d -> d.target() == end.target() && d.until().equals(end.at()))) {
        throw end.wrong("nothing was done to target %d before that".formatted(end.target()));
      }
    }
    return List.copyOf(disturbances);
  }

  private static Duration until(Sentence begin, List<Sentence> sentences) {
    Duration until =
        begin.length() != null
            ? begin.at().plus(begin.length())
            : sentences.stream()
                .filter(it -> it.kind() == null && it.target() == begin.target())
                .map(Sentence::at)
                .filter(at -> at.compareTo(begin.at()) > 0)
                .findFirst()
                .orElseThrow(
                    () ->
                        begin.wrong(
                            "it does not end; add 'for 10s', or --disturb 'at %s bring back target %d'"
                                .formatted(seconds(begin.at().plusSeconds(10)), begin.target())));
    if (until.compareTo(LONGEST) > 0) {
      throw begin.wrong("it must end within an hour");
    }
    return until;
  }

  private Sentence sentence() {
    expect("at");
    Duration at = time("when it begins");
    String action = word("what is done");
    if (action.equals("bring")) {
      expect("back");
      Sentence end = new Sentence(text, target(), null, 1, at, null);
      return complete(end);
    }
    if (action.equals("cut")) {
      expect("off");
      action = "cut off";
    }
    Kind kind = null;
    for (Kind one : Kind.values()) {
      kind = one.words().equals(action) ? one : kind;
    }
    if (kind == null) {
      throw wrong(
          text,
          "'%s' is nothing that can be done; allowed: slow, freeze, kill, fail, cut off, bring back"
              .formatted(action));
    }
    int target = target();
    double factor = 1;
    if (kind == Kind.SLOW) {
      expect("by");
      factor = factor();
    }
    Duration length = null;
    if (next < words.size()) {
      expect("for");
      length = time("how long");
      if (length.isZero()) {
        throw wrong(text, "it must last longer than 0s");
      }
    }
    return complete(new Sentence(text, target, kind, factor, at, length));
  }

  private Sentence complete(Sentence sentence) {
    if (next < words.size()) {
      throw wrong(text, "'%s' is too much".formatted(words.get(next)));
    }
    return sentence;
  }

  private int target() {
    expect("target");
    String word = word("the number of the target");
    if (!NUMBER.matcher(word).matches()) {
      throw wrong(text, "'%s' is no number of a target".formatted(word));
    }
    return Integer.parseInt(word);
  }

  private double factor() {
    String word = word("how much slower");
    Matcher matcher = FACTOR.matcher(word);
    if (!matcher.matches() || Double.parseDouble(matcher.group(1)) < 1.5) {
      throw wrong(text, "'%s' is no factor; allowed: 1.5x to 9999x".formatted(word));
    }
    return Double.parseDouble(matcher.group(1));
  }

  private Duration time(String what) {
    String word = word(what);
    Matcher matcher = TIME.matcher(word);
    if (!matcher.matches()) {
      throw wrong(text, "'%s' is no time (%s) like 500ms, 5s or 1m".formatted(word, what));
    }
    double amount = Double.parseDouble(matcher.group(1));
    double millis =
        amount * (matcher.group(2).equals("ms") ? 1 : matcher.group(2).equals("s") ? 1e3 : 6e4);
    return Duration.ofMillis(Math.round(millis));
  }

  private void expect(String word) {
    String found = next < words.size() ? words.get(next) : "";
    if (!found.equals(word)) {
      throw wrong(
          text,
          found.isEmpty()
              ? "'%s' is missing at the end".formatted(word)
              : "'%s' was expected, and not '%s'".formatted(word, found));
    }
    next++;
  }

  private String word(String what) {
    if (next >= words.size()) {
      throw wrong(text, "%s is missing at the end".formatted(what));
    }
    return words.get(next++);
  }

  private static String seconds(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
  }

  private static BenchException wrong(String text, String problem) {
    return BenchException.usage("--disturb '%s': %s; %s".formatted(text, problem, EXAMPLES));
  }
}
