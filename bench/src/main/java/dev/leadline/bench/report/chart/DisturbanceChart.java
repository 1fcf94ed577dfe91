package dev.leadline.bench.report.chart;

import dev.leadline.bench.stats.Timeline;
import dev.leadline.bench.stats.Timeline.Tenth;
import java.util.List;
import java.util.Locale;

/**
 * What balancers do while a target is disturbed, below each other on one axis of time: how many
 * requests the target gets, how many fail, and how long the slowest hundredth takes.
 */
public final class DisturbanceChart {
  private static final double WIDTH = 760;
  private static final double LEFT = 62;
  private static final double RIGHT = WIDTH - 14;
  private static final double TOP = 22;
  private static final double SHARE_HEIGHT = 70;
  private static final double GAP = 12;
  private static final double TIME_HEIGHT = 54;
  private static final double STRIP = TOP + SHARE_HEIGHT + GAP + TIME_HEIGHT + 16;
  private static final double PER_SECOND = 1000.0 / Timeline.MILLIS;
  private static final int TICKS = 12;

  /** Milliseconds at the ends of the axis of latency. */
  private static final double SHORTEST = 1;

  private static final double[] LABELLED = {1, 10, 100, 1000, 10_000, 100_000};

  private DisturbanceChart() {}

  /**
   * One balancer.
   *
   * @param balancer its index in the lab, which is its colour
   * @param title what the picture shows of it, in a sentence
   * @param leftSeconds after which it had left the target; negative if it did not
   * @param backSeconds after the end, until it used the target again; negative if that was not seen
   */
  public record Strip(
      int balancer, String title, Timeline timeline, double leftSeconds, double backSeconds) {}

  /**
   * Draws all strips.
   *
   * @param seconds how long the target was disturbed
   */
  public static String draw(String label, List<Strip> strips, double seconds) {
    double height = strips.size() * STRIP + 34;
    SvgImage svg = new SvgImage(WIDTH, height, label);
    int first = strips.stream().mapToInt(s -> s.timeline().first()).min().orElse(0);
    int end =
        strips.stream()
            .mapToInt(s -> s.timeline().first() + s.timeline().tenths().size())
            .max()
            .orElse(1);
    double begin = first / PER_SECOND;
    Scale x = new Scale((end - first) / PER_SECOND, LEFT, RIGHT);
    double most =
        strips.stream()
            .flatMap(s -> s.timeline().tenths().stream().map(t -> perSecond(s, t)))
            .max(Double::compare)
            .orElse(1.0);
    double longest =
        strips.stream()
                .flatMap(s -> s.timeline().tenths().stream())
                .mapToLong(Tenth::p99Nanos)
                .max()
                .orElse(1)
            / 1e6;
    for (int i = 0; i < strips.size(); i++) {
      strip(svg, strips.get(i), i * STRIP, x, begin, seconds, most, longest);
    }
    double bottom = strips.size() * STRIP - 16;
    for (double tick : x.ticks(TICKS)) {
      double second = Math.ceil(begin) + tick;
      if (second - begin <= x.max()) {
        svg.text(x.at(second - begin), bottom + 15, Panel.tickLabel(second), "tick middle");
      }
    }
    svg.text((LEFT + RIGHT) / 2, bottom + 32, "seconds since the disturbance began", "tick middle");
    return svg.end();
  }

  private static double perSecond(Strip strip, Tenth tenth) {
    return (tenth.toTarget() + tenth.failed())
        * PER_SECOND
        / Math.max(strip.timeline().rounds(), 1);
  }

  private static void strip(
      SvgImage svg,
      Strip strip,
      double top,
      Scale x,
      double begin,
      double seconds,
      double most,
      double longest) {
    double shareBottom = top + TOP + SHARE_HEIGHT;
    double timeTop = shareBottom + GAP;
    double timeBottom = timeTop + TIME_HEIGHT;
    String colour = "s" + strip.balancer();
    svg.rect(
        x.at(-begin),
        top + TOP,
        x.at(seconds - begin) - x.at(-begin),
        timeBottom - top - TOP,
        "shade");
    svg.text(LEFT, top + TOP - 8, strip.title(), "label");
    Scale requests = new Scale(Math.max(most, 1) * 1.05, shareBottom, top + TOP);
    for (double tick : requests.ticks(2)) {
      svg.line(LEFT, requests.at(tick), RIGHT, requests.at(tick), tick == 0 ? "axis" : "grid");
      svg.text(LEFT - 6, requests.at(tick) + 4, Panel.tickLabel(tick), "tick end");
    }
    svg.text(LEFT - 6, top + TOP - 8, "requests/s", "tick end small");
    double shortest = Math.log10(SHORTEST);
    Scale time =
        new Scale(Math.max(Math.log10(Math.max(longest, 10)) - shortest, 1), timeBottom, timeTop);
    for (double millis : LABELLED) {
      double y = time.at(Math.log10(millis) - shortest);
      if (y >= timeTop - 1) {
        svg.line(LEFT, y, RIGHT, y, millis == SHORTEST ? "axis" : "grid");
        svg.text(LEFT - 6, y + 4, duration(millis), "tick end");
      }
    }
    double width = x.at(1 / PER_SECOND) - x.at(0);
    StringBuilder line = new StringBuilder();
    boolean drawing = false;
    List<Tenth> tenths = strip.timeline().tenths();
    for (int i = 0; i < tenths.size(); i++) {
      Tenth tenth = tenths.get(i);
      double left = x.at((strip.timeline().first() + i) / PER_SECOND - begin);
      double scale = PER_SECOND / Math.max(strip.timeline().rounds(), 1);
      double answered = requests.at(tenth.toTarget() * scale);
      double failed = requests.at((tenth.toTarget() + tenth.failed()) * scale);
      if (tenth.toTarget() > 0) {
        svg.rect(left, answered, width, shareBottom - answered, "fill " + colour);
      }
      if (tenth.failed() > 0) {
        svg.rect(left, failed, width, answered - failed, "fill failed");
      }
      if (tenth.p99Nanos() > 0) {
        double y = time.at(Math.log10(Math.max(tenth.p99Nanos() / 1e6, SHORTEST)) - shortest);
        line.append(drawing ? 'L' : 'M')
            .append(SvgImage.number(left + width / 2))
            .append(' ')
            .append(SvgImage.number(y));
      }
      drawing = tenth.p99Nanos() > 0;
    }
    svg.path(line, "curve light " + colour);
    mark(svg, x, strip.leftSeconds(), begin, 0, top + TOP, timeBottom);
    mark(svg, x, strip.backSeconds(), begin, seconds, top + TOP, timeBottom);
  }

  private static void mark(
      SvgImage svg, Scale x, double after, double begin, double from, double top, double bottom) {
    if (after >= 0) {
      double at = x.at(from + after - begin);
      svg.line(at, top, at, bottom, "mark");
    }
  }

  private static String duration(double millis) {
    return millis < 1000
        ? String.format(Locale.ROOT, "%.0f ms", millis)
        : String.format(Locale.ROOT, "%.0f s", millis / 1000);
  }
}
